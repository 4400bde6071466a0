using System.Net.WebSockets;
using System.Text;
using System.Text.Json;

namespace PushGateway.Server.Commands;

/// <summary>
/// A client for one check: it connects as an SDK does, and reads until it has what it waits for. Beside what it throws itself, a connection that is lost throws, and so does JSON that is none, or is none
/// of the protocol's.
/// </summary>
internal sealed class CheckClient : IDisposable
{
    // Far beyond the largest notification that the default settings let pass.
    private const int MaxFrameBytes = 8 * 1024 * 1024;

    private readonly ClientWebSocket _socket = new();
    private readonly Queue<JsonElement> _received = new();
    private int _commands;

    /// <summary>Connects, and says who it is.</summary>
    /// <param name="gateway">Where the gateway is, by http or https.</param>
    /// <param name="token">A connection token; null for an anonymous client.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>The user's own channel; null for an anonymous client.</returns>
    /// <exception cref="CheckFailedException">The client was not let in.</exception>
    public async Task<string?> ConnectAsync(Uri gateway, string? token, CancellationToken cancellationToken)
    {
        var address = new UriBuilder(gateway) { Scheme = gateway.Scheme == Uri.UriSchemeHttps ? Uri.UriSchemeWss : Uri.UriSchemeWs };
        address.Path = $"{address.Path.TrimEnd('/')}/connection/websocket";
        try
        {
            await _socket.ConnectAsync(address.Uri, cancellationToken);
        }
        catch (WebSocketException failure)
        {
            throw new CheckFailedException($"{address.Uri}: {Line(failure.GetBaseException().Message)}");
        }

        var reply = await AskAsync("connect", "token", token, cancellationToken);
        if (!reply.TryGetProperty("subs", out var channels))
            return null;

        foreach (var channel in channels.EnumerateObject())
        {
            if (channel.Name.StartsWith('#'))
                return channel.Name;
        }

        return null;
    }

    /// <exception cref="CheckFailedException">The client may not, or the channel cannot be.</exception>
    public Task SubscribeAsync(string channel, CancellationToken cancellationToken) => AskAsync("subscribe", "channel", channel, cancellationToken);

    /// <summary>Waits for a publication whose data is this text.</summary>
    /// <exception cref="CheckFailedException">The connection ended.</exception>
    public async Task ReceiveAsync(string channel, string data, CancellationToken cancellationToken)
    {
        while (true)
        {
            var message = await NextAsync(cancellationToken);
            if (message.TryGetProperty("push", out var push) && push.TryGetProperty("pub", out var publication) && push.GetProperty("channel").ValueEquals(channel)
                && publication.GetProperty("data") is { ValueKind: JsonValueKind.String } received && received.ValueEquals(data))
                return;
        }
    }

    /// <summary>Says that it leaves, so that the gateway need not find out.</summary>
    public Task LeaveAsync(CancellationToken cancellationToken) => _socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, "", cancellationToken);

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();

    private async Task<JsonElement> AskAsync(string request, string field, string? value, CancellationToken cancellationToken)
    {
        var id = ++_commands;
        using var command = new MemoryStream();
        using (var json = new Utf8JsonWriter(command))
        {
            json.WriteStartObject();
            json.WriteNumber("id", id);
            json.WriteStartObject(request);
            if (value is not null)
                json.WriteString(field, value);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        await _socket.SendAsync(command.ToArray(), WebSocketMessageType.Text, endOfMessage: true, cancellationToken);
        while (true)
        {
            var message = await NextAsync(cancellationToken);
            if (!message.TryGetProperty("id", out var answered) || answered.GetInt32() != id)
                continue;
            if (message.TryGetProperty("error", out var error))
                throw new CheckFailedException($"{request} is answered with error {error.GetProperty("code").GetInt32()}, {Line(error.GetProperty("message").GetString())}.");
            return message.GetProperty(request);
        }
    }

    // The next message that is no ping. Pings are answered.
    private async Task<JsonElement> NextAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            while (_received.TryDequeue(out var message))
            {
                if (message.EnumerateObject().Any())
                    return message;
                await _socket.SendAsync("{}"u8.ToArray(), WebSocketMessageType.Text, endOfMessage: true, cancellationToken);
            }

            await ReadFrameAsync(cancellationToken);
        }
    }

    private async Task ReadFrameAsync(CancellationToken cancellationToken)
    {
        using var frame = new MemoryStream();
        var buffer = new byte[16 * 1024];
        ValueWebSocketReceiveResult read;
        do
        {
            read = await _socket.ReceiveAsync(buffer.AsMemory(), cancellationToken);
            frame.Write(buffer, 0, read.Count);
        }
        while (!read.EndOfMessage && frame.Length <= MaxFrameBytes);

        if (read.MessageType == WebSocketMessageType.Close)
            throw new CheckFailedException($"The gateway closed the connection with {(int?)_socket.CloseStatus}, {Line(_socket.CloseStatusDescription)}.");

        foreach (var line in Encoding.UTF8.GetString(frame.GetBuffer(), 0, (int)frame.Length).Split('\n', StringSplitOptions.RemoveEmptyEntries))
            _received.Enqueue(JsonElement.Parse(line));
    }

    /// <summary>What came from elsewhere, for one line of output.</summary>
    public static string Line(string? text)
    {
        const int MaxCharacters = 300;
        text ??= "";
        return string.Concat(text.Take(MaxCharacters).Select(one => char.IsControl(one) ? ' ' : one));
    }
}
