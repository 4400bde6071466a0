using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace PushGateway.IntegrationTests.Infrastructure;

/// <summary>
/// A WebSocket client made by hand, on a bare socket: sends whatever it is told to, and reads the server's frames strictly. Every wait ends after
/// <see cref="Patience"/>, so that a server that does not answer fails a test and does not hang it.
/// </summary>
internal sealed class RawWebSocket : IAsyncDisposable
{
    /// <summary>Far beyond what any answer takes, also on a busy machine.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>The key of the example in RFC 6455, section 1.3, and what a server must answer to it.</summary>
    public const string Key = "dGhlIHNhbXBsZSBub25jZQ==", Accept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

    private readonly Uri _address;
    private byte[] _read = [];
    private int _start, _end;

    private RawWebSocket(Uri address, Socket socket) => (_address, Socket) = (address, socket);

    public Socket Socket { get; }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Connects the socket and says nothing yet.</summary>
    public static async Task<RawWebSocket> DialAsync(Uri address, int? receiveBufferBytes = null)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        if (receiveBufferBytes is { } bytes)
            socket.ReceiveBufferSize = bytes;
        await socket.ConnectAsync(address.Host, address.Port, Cancellation);
        return new RawWebSocket(address, socket);
    }

    /// <summary>Connects to a certain address of the server.</summary>
    public static async Task<RawWebSocket> DialAsync(EndPoint endpoint, Uri address)
    {
        var isUnix = endpoint.AddressFamily == AddressFamily.Unix;
        var socket = new Socket(endpoint.AddressFamily, SocketType.Stream, isUnix ? ProtocolType.Unspecified : ProtocolType.Tcp);
        await socket.ConnectAsync(endpoint, Cancellation);
        return new RawWebSocket(address, socket);
    }

    /// <summary>Connects and shakes hands.</summary>
    public static async Task<RawWebSocket> OpenAsync(Uri address, int? receiveBufferBytes = null)
    {
        var client = await DialAsync(address, receiveBufferBytes);
        await client.ShakeHandsAsync();
        return client;
    }

    /// <summary>The request of a proper handshake, with headers added or replaced; a header that is null is left out.</summary>
    public string HandshakeRequest(string method = "GET", params (string Name, string? Value)[] changes)
    {
        var headers = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase)
        {
            ["Host"] = _address.Authority,
            ["Upgrade"] = "websocket",
            ["Connection"] = "Upgrade",
            ["Sec-WebSocket-Version"] = "13",
            ["Sec-WebSocket-Key"] = Key,
        };
        foreach (var (name, value) in changes)
            headers[name] = value;
        var lines = headers.Where(header => header.Value is not null).Select(header => $"{header.Key}: {header.Value}\r\n");
        return $"{method} {_address.PathAndQuery} HTTP/1.1\r\n{string.Concat(lines)}\r\n";
    }

    /// <summary>Sends the handshake, with bytes right behind it in the same packet, and expects it to be accepted.</summary>
    public async Task ShakeHandsAsync(ReadOnlyMemory<byte> behind = default)
    {
        await SendAsync((byte[])[.. Encoding.ASCII.GetBytes(HandshakeRequest()), .. behind.Span]);
        var response = await ReadHeadAsync();
        Assert.Equal(101, response.Status);
        Assert.Equal(Accept, response["Sec-WebSocket-Accept"]);
    }

    public async Task SendAsync(ReadOnlyMemory<byte> bytes)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        patience.CancelAfter(Patience);
        while (!bytes.IsEmpty)
            bytes = bytes[await Socket.SendAsync(bytes, patience.Token)..];
    }

    public Task SendTextAsync(string text) => SendAsync(RawFrame.OfText(text));

    public Task SendAsciiAsync(string text) => SendAsync(Encoding.ASCII.GetBytes(text));

    /// <summary>Reads the head of an HTTP response; what follows it stays to be read.</summary>
    public async Task<RawResponse> ReadHeadAsync()
    {
        int length;
        while ((length = _read.AsSpan(_start, _end - _start).IndexOf("\r\n\r\n"u8)) < 0)
            await NeedAsync(_end - _start + 1);
        return RawResponse.Parse(Encoding.ASCII.GetString(await TakeAsync(length + 4)));
    }

    /// <summary>Reads the body of an HTTP response, in chunks or with a length.</summary>
    public async Task<string> ReadBodyAsync(RawResponse response)
    {
        if (response["Content-Length"] is { } length)
            return Encoding.UTF8.GetString(await TakeAsync(int.Parse(length, CultureInfo.InvariantCulture)));

        var body = new StringBuilder();
        while (int.Parse(await ReadLineAsync(), NumberStyles.HexNumber, CultureInfo.InvariantCulture) is > 0 and var chunk)
        {
            body.Append(Encoding.UTF8.GetString(await TakeAsync(chunk)));
            await ReadLineAsync();
        }

        await ReadLineAsync();
        return body.ToString();
    }

    /// <summary>Reads the next frame, which must be as a server may send it: whole, unmasked, with the shortest length and no reserved bits.</summary>
    public async Task<RawFrame> ReadFrameAsync()
    {
        await NeedAsync(2);
        var first = _read[_start];
        var second = _read[_start + 1];
        _start += 2;
        Assert.True((first & 0x80) != 0, "The server sent a fragment.");
        Assert.True((first & 0x70) == 0, "The server set reserved bits.");
        Assert.True((second & 0x80) == 0, "The server masked a frame.");
        ulong length = second;
        if (second == 126)
        {
            length = BinaryPrimitives.ReadUInt16BigEndian(await TakeAsync(2));
            Assert.True(length >= 126, "The server used a longer length than needed.");
        }
        else if (second == 127)
        {
            length = BinaryPrimitives.ReadUInt64BigEndian(await TakeAsync(8));
            Assert.True(length > ushort.MaxValue, "The server used a longer length than needed.");
        }

        var frame = new RawFrame(first & 0x0F, await TakeAsync((int)length));
        Assert.True(frame.Opcode is RawFrame.Text or RawFrame.Binary or RawFrame.Close or RawFrame.Ping or RawFrame.Pong, $"The server sent opcode {frame.Opcode}.");
        Assert.True(frame.Opcode < RawFrame.Close || length <= 125, "The server sent a control frame that is too long.");
        return frame;
    }

    /// <summary>Reads a text message.</summary>
    public async Task<string> ReadMessageAsync()
    {
        var frame = await ReadFrameAsync();
        Assert.True(frame.Opcode == RawFrame.Text, $"Expected a message, found {frame}.");
        return frame.Body;
    }

    /// <summary>Reads a close frame with this code, and leaves the answer to the caller.</summary>
    public async Task ExpectCloseFrameAsync(int? code)
    {
        var frame = await ReadFrameAsync();
        Assert.True(frame.Opcode == RawFrame.Close && frame.CloseCode == code, $"Expected close {code}, found {frame}.");
    }

    /// <summary>Reads a close frame with this code, answers it, and sees the server end the connection with nothing behind that.</summary>
    public async Task ExpectCloseAsync(int? code)
    {
        await ExpectCloseFrameAsync(code);
        await SendAsync(RawFrame.Of(RawFrame.Close));
        await ExpectEndAsync();
    }

    /// <summary>Leaves as a client should: close frame, answer, end.</summary>
    public async Task LeaveAsync()
    {
        await SendAsync(RawFrame.OfClose(1000));
        while ((await ReadFrameAsync()).Opcode != RawFrame.Close)
        {
        }

        await ExpectEndAsync();
    }

    /// <summary>Sees the server end the connection, cleanly, with nothing before that.</summary>
    public async Task ExpectEndAsync()
    {
        Assert.True(_start == _end && await FillAsync() == 0, "The server sent more.");
    }

    /// <summary>Reads until the connection ends, in whatever way, and forgets what was read.</summary>
    public async Task DrainAsync()
    {
        try
        {
            do
                _start = _end;
            while (await FillAsync() > 0);
        }
        catch (SocketException)
        {
        }
    }

    /// <summary>Says that nothing more will be sent, and goes on reading.</summary>
    public void CloseSending() => Socket.Shutdown(SocketShutdown.Send);

    /// <summary>Vanishes: the server sees a reset.</summary>
    public void Abort()
    {
        Socket.LingerState = new LingerOption(enable: true, 0);
        Socket.Dispose();
    }

    public ValueTask DisposeAsync()
    {
        Socket.Dispose();
        return ValueTask.CompletedTask;
    }

    internal static string AcceptFor(string key)
    {
#pragma warning disable CA5350 // As the RFC has it.
        return Convert.ToBase64String(SHA1.HashData(Encoding.ASCII.GetBytes(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")));
#pragma warning restore CA5350
    }

    private async Task<string> ReadLineAsync()
    {
        int length;
        while ((length = _read.AsSpan(_start, _end - _start).IndexOf("\r\n"u8)) < 0)
            await NeedAsync(_end - _start + 1);
        return Encoding.ASCII.GetString(await TakeAsync(length + 2)).TrimEnd();
    }

    private async Task<byte[]> TakeAsync(int bytes)
    {
        await NeedAsync(bytes);
        var taken = _read.AsSpan(_start, bytes).ToArray();
        _start += bytes;
        return taken;
    }

    private async Task NeedAsync(int bytes)
    {
        while (_end - _start < bytes)
        {
            if (_read.Length - _start < bytes)
            {
                var larger = new byte[Math.Max(bytes, 1024)];
                _read.AsSpan(_start, _end - _start).CopyTo(larger);
                (_read, _start, _end) = (larger, 0, _end - _start);
            }

            if (await FillAsync() == 0)
                throw new EndOfStreamException("The server ended the connection.");
        }
    }

    private async Task<int> FillAsync()
    {
        if (_start == _end)
            _start = _end = 0;
        if (_read.Length == 0)
            _read = new byte[1024];
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        patience.CancelAfter(Patience);
        var count = await Socket.ReceiveAsync(_read.AsMemory(_end), patience.Token);
        _end += count;
        return count;
    }
}
