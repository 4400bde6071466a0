using System.Net.WebSockets;
using System.Text;
using System.Text.Json;

namespace PushGateway.IntegrationTests.Api;

/// <summary>A client that is connected and subscribed, and reads what is published.</summary>
public sealed class Subscriber : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly ClientWebSocket _socket = new();
    private readonly Queue<string> _lines = new();
    private readonly Queue<JsonElement> _pushes = new();
    private uint _id;

    private Subscriber() { }

    /// <summary>The reply to the connect command.</summary>
    public JsonElement Connected { get; private set; }

    /// <summary>Connects and subscribes.</summary>
    /// <param name="address">Where clients connect.</param>
    /// <param name="channels">The channels.</param>
    /// <param name="prepare">Sets what goes with the handshake.</param>
    public static async Task<Subscriber> ConnectAsync(Uri address, IEnumerable<string> channels, Action<ClientWebSocketOptions>? prepare = null)
    {
        var client = new Subscriber();
        prepare?.Invoke(client._socket.Options);
        await client._socket.ConnectAsync(address, Deadline());
        client.Connected = await client.CommandAsync("connect", new { });
        foreach (var channel in channels)
            await client.CommandAsync("subscribe", new { channel });
        return client;
    }

    public static Task<Subscriber> ConnectAsync(Uri address, params string[] channels) => ConnectAsync(address, channels.AsEnumerable());

    /// <summary>Sends a command and returns what stands in the reply under its name.</summary>
    public async Task<JsonElement> CommandAsync(string name, object request)
    {
        var reply = await SendAsync(name, request);
        return reply.TryGetProperty(name, out var result) ? result : throw new InvalidOperationException($"{name} was answered with {reply}");
    }

    /// <summary>Sends a command and returns the reply. Pushes that come before it are kept.</summary>
    public async Task<JsonElement> SendAsync(string name, object request)
    {
        var command = JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, object> { ["id"] = ++_id, [name] = request });
        await _socket.SendAsync(command, WebSocketMessageType.Text, endOfMessage: true, Deadline());
        while (true)
        {
            var next = Parse(await NextLineAsync());
            if (!next.TryGetProperty("push", out var push))
                return next;

            _pushes.Enqueue(push);
        }
    }

    /// <summary>The next publication.</summary>
    public async Task<(string Channel, string Data, JsonElement Publication)> NextAsync()
    {
        var push = await NextPushAsync();
        var publication = push.GetProperty("pub");
        return (push.GetProperty("channel").GetString()!, publication.GetProperty("data").GetRawText(), publication);
    }

    /// <summary>The next push, whatever it says.</summary>
    public async Task<JsonElement> NextPushAsync() => _pushes.TryDequeue(out var push) ? push : Parse(await NextLineAsync()).GetProperty("push");

    public async ValueTask DisposeAsync()
    {
        if (_socket.State == WebSocketState.Open)
            await _socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
        _socket.Dispose();
    }

    private async Task<string> NextLineAsync()
    {
        while (true)
        {
            while (_lines.TryDequeue(out var line))
                if (line != "{}")
                    return line;

            foreach (var line in (await ReceiveAsync()).Split('\n'))
                _lines.Enqueue(line);
        }
    }

    private async Task<string> ReceiveAsync()
    {
        using var message = new MemoryStream();
        var buffer = new byte[16 * 1024];
        while (true)
        {
            var part = await _socket.ReceiveAsync(buffer, Deadline());
            Assert.Equal(WebSocketMessageType.Text, part.MessageType);
            message.Write(buffer, 0, part.Count);
            if (part.EndOfMessage)
                return Encoding.UTF8.GetString(message.GetBuffer(), 0, (int)message.Length);
        }
    }

    private static JsonElement Parse(string line) => JsonElement.Parse(line, new JsonDocumentOptions { MaxDepth = 128 });

    // Disposed of by the timer that it holds.
    private static CancellationToken Deadline()
    {
        var source = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        source.CancelAfter(Patience);
        return source.Token;
    }
}
