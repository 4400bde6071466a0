using System.Text.Json;

namespace PushGateway.IntegrationTests.Infrastructure;

/// <summary>A client of the protocol on a <see cref="RawWebSocket"/>: commands and replies exactly as they are on the wire.</summary>
internal sealed class RawClient : IAsyncDisposable
{
    private readonly Queue<string> _replies = new();
    private uint _id;

    private RawClient(RawWebSocket socket) => Socket = socket;

    public RawWebSocket Socket { get; }

    /// <summary>The id that the server gave the connection.</summary>
    public string Id { get; private set; } = "";

    /// <summary>Opens the socket and sends no command yet.</summary>
    public static async Task<RawClient> OpenAsync(GatewayNode node, string? user = null, int? receiveBufferBytes = null) =>
        new(await RawWebSocket.OpenAsync(AddressFor(node, user), receiveBufferBytes));

    /// <summary>Opens the socket and the session, and subscribes.</summary>
    public static Task<RawClient> ConnectAsync(GatewayNode node, string? user = null, params string[] channels) => ConnectAsync(AddressFor(node, user), channels);

    /// <inheritdoc cref="ConnectAsync(GatewayNode, string?, string[])"/>
    public static async Task<RawClient> ConnectAsync(Uri address, params string[] channels)
    {
        var client = new RawClient(await RawWebSocket.OpenAsync(address));
        await client.ConnectAsync();
        foreach (var channel in channels)
            await client.SubscribeAsync(channel);
        return client;
    }

    /// <summary>The address of the client endpoint, for a user.</summary>
    public static Uri AddressFor(GatewayNode node, string? user) => user is null ? node.WebSocket : new Uri(node.WebSocket, $"?user={user}");

    /// <summary>The id of the node that serves it.</summary>
    public string Node { get; private set; } = "";

    /// <summary>Opens the session and returns the whole reply.</summary>
    public async Task<JsonElement> ConnectAsync()
    {
        var id = ++_id;
        await SendAsync($$$"""{"id":{{{id}}},"connect":{}}""");
        var reply = JsonElement.Parse(await ReadAsync());
        Assert.Equal(id, reply.GetProperty("id").GetUInt32());
        Id = reply.GetProperty("connect").GetProperty("client").GetString()!;
        Node = reply.GetProperty("connect").GetProperty("node").GetString()!;
        return reply;
    }

    public async Task SubscribeAsync(string channel)
    {
        var id = ++_id;
        await SendAsync($$$"""{"id":{{{id}}},"subscribe":{"channel":"{{{channel}}}"}}""");
        Assert.Equal($$$"""{"id":{{{id}}},"subscribe":{}}""", await ReadAsync());
    }

    /// <summary>Sends commands in one frame.</summary>
    public Task SendAsync(string commands) => Socket.SendTextAsync(commands);

    /// <summary>Sends commands in one frame and expects exactly these replies, in this order.</summary>
    public async Task ExchangeAsync(string commands, params string[] replies)
    {
        await SendAsync(commands);
        foreach (var reply in replies)
            Assert.Equal(reply, await ReadAsync());
    }

    /// <summary>Sends commands and expects the server to close with a code.</summary>
    public async Task ExpectCloseAsync(string commands, int code)
    {
        await SendAsync(commands);
        await ExpectCloseAsync(code);
    }

    public async Task ExpectCloseAsync(int code)
    {
        Assert.Empty(_replies);
        await Socket.ExpectCloseAsync(code);
    }

    /// <summary>Reads the next reply or push. A frame may hold several.</summary>
    public async Task<string> ReadAsync()
    {
        if (_replies.Count == 0)
            foreach (var reply in (await Socket.ReadMessageAsync()).Split('\n'))
                _replies.Enqueue(reply);
        return _replies.Dequeue();
    }

    public ValueTask DisposeAsync() => Socket.DisposeAsync();
}
