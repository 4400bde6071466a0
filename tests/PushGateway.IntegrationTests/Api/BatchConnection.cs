using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using PushGateway.IntegrationTests.Infrastructure;

namespace PushGateway.IntegrationTests.Api;

/// <summary>A batch on a bare socket: sent in chunks, and its answers read while it is still being sent, which HTTP/1.1 allows and most clients cannot.</summary>
internal sealed class BatchConnection : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly TcpClient _client = new();
    private readonly CancellationTokenSource _patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private readonly Queue<string> _lines = new();
    private string _unfinished = "";
    private StreamReader _reader = null!;
    private bool _hasHead;

    private BatchConnection() => _patience.CancelAfter(Patience);

    /// <summary>The head of the answer, once it has been read.</summary>
    public RawResponse? Head { get; private set; }

    /// <summary>Connects and sends the head of the request.</summary>
    /// <param name="node">Where to.</param>
    /// <param name="key">What to send as <c>X-API-Key</c>; null for nothing.</param>
    public static async Task<BatchConnection> OpenAsync(GatewayNode node, string? key = null)
    {
        var connection = new BatchConnection();
        await connection._client.ConnectAsync(node.Address.Host, node.Address.Port, connection._patience.Token);
        connection._reader = new StreamReader(connection._client.GetStream(), Encoding.Latin1); // Bytes stay characters.
        await connection.SendRawAsync($"POST /v1/notifications:batch HTTP/1.1\r\nHost: {node.Address.Authority}\r\n{(key is null ? "" : $"X-API-Key: {key}\r\n")}Content-Type: application/jsonl\r\nTransfer-Encoding: chunked\r\n\r\n");
        return connection;
    }

    /// <summary>Sends a part of the body, in a chunk of its own.</summary>
    public Task SendAsync(string part) => SendRawAsync($"{Encoding.UTF8.GetByteCount(part):X}\r\n{part}\r\n");

    /// <summary>Sends bytes of the connection as they are.</summary>
    public async Task SendRawAsync(string text) => await _client.GetStream().WriteAsync(Encoding.UTF8.GetBytes(text), _patience.Token);

    /// <summary>Ends the body.</summary>
    public Task EndAsync() => SendRawAsync("0\r\n\r\n");

    /// <summary>Hangs up in the middle.</summary>
    public void HangUp() => _client.Client.Close(timeout: 0);

    /// <summary>The next line of the answer; null at its end.</summary>
    public async Task<JsonElement?> AnswerAsync()
    {
        await ReadHeadAsync();
        while (_lines.Count == 0)
        {
            var size = int.Parse((await _reader.ReadLineAsync(_patience.Token))!, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            var chunk = new char[size];
            await _reader.ReadBlockAsync(chunk, _patience.Token);
            await _reader.ReadLineAsync(_patience.Token);
            if (size == 0)
                return null;

            var lines = (_unfinished + new string(chunk)).Split('\n');
            foreach (var line in lines[..^1])
                _lines.Enqueue(line);
            _unfinished = lines[^1];
        }

        return JsonElement.Parse(_lines.Dequeue());
    }

    public void Dispose()
    {
        _client.Dispose();
        _patience.Dispose();
    }

    private async Task ReadHeadAsync()
    {
        if (_hasHead)
            return;

        _hasHead = true;
        var head = new StringBuilder();
        while (await _reader.ReadLineAsync(_patience.Token) is { Length: > 0 } line)
            head.Append(line).Append("\r\n");
        Head = RawResponse.Parse(head.ToString());
    }
}
