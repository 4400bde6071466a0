using System.Net.WebSockets;
using System.Text;
using System.Text.Json;

namespace PushGateway.IntegrationTests.Faults;

/// <summary>A client that is in its channels over as many connections as it takes: when one is lost, it goes to the next node, as real ones do.</summary>
internal sealed class PresenceClient : IAsyncDisposable
{
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    private readonly string _user;
    private readonly IReadOnlyList<Uri> _nodes;
    private readonly IReadOnlySet<string> _channels;
    private readonly PresenceLedger _ledger;
    private readonly bool _observes;
    private readonly CancellationTokenSource _leaving = new();
    private readonly TaskCompletionSource _subscribed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _living;
    private PresenceSession? _session;

    private PresenceClient(string user, IReadOnlyList<Uri> nodes, IReadOnlySet<string> channels, PresenceLedger ledger, bool observes)
    {
        (_user, _nodes, _channels, _ledger, _observes) = (user, nodes, channels, ledger, observes);
        _living = Task.Run(LiveAsync);
    }

    /// <summary>Completes when it is in its channels for the first time.</summary>
    public Task Subscribed => _subscribed.Task;

    /// <summary>Starts one.</summary>
    /// <param name="user">Its user.</param>
    /// <param name="nodes">Its node, then those it goes to once that is lost.</param>
    /// <param name="channels">Its channels.</param>
    /// <param name="ledger">Where it writes down what happens to it.</param>
    /// <param name="observes">Whether it also writes down who joins and leaves.</param>
    public static PresenceClient Start(string user, IReadOnlyList<Uri> nodes, IReadOnlySet<string> channels, PresenceLedger ledger, bool observes = false) =>
        new(user, nodes, channels, ledger, observes);

    /// <summary>Says goodbye, for good.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_session is { } session)
            _ledger.Leaving(session);
        await _leaving.CancelAsync();
        await _living;
        _leaving.Dispose();
    }

    private async Task LiveAsync()
    {
        for (var i = 0; !_leaving.IsCancellationRequested; i += Subscribed.IsCompleted ? 1 : 0)
        {
            using var socket = new ClientWebSocket();
            _session = _ledger.Open(_user, _nodes[i % _nodes.Count], _channels, _observes);
            try
            {
                await ConnectAsync(socket, _session);
                await ListenAsync(socket, _session);
            }
            catch (Exception e) when (e is WebSocketException or OperationCanceledException or InvalidOperationException)
            {
                // The node is gone, or refuses: the next one will do.
            }

            await CloseAsync(socket);
            _ledger.Ended(_session);
            await Task.WhenAny(Task.Delay(Pause, _leaving.Token)); // Ends when it leaves, too.
        }
    }

    private async Task ConnectAsync(ClientWebSocket socket, PresenceSession session)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(_leaving.Token);
        patience.CancelAfter(ConnectTimeout);
        var query = _user.Length > 0 ? $"?user={_user}" : "";
        await socket.ConnectAsync(new Uri($"ws://{session.Node.Authority}/connection/websocket{query}"), patience.Token);
        await SendAsync(socket, """{"id":1,"connect":{}}""");
        foreach (var reply in await ReadAsync(socket, patience.Token))
            _ledger.Connected(session, reply.TryGetProperty("connect", out var connected) ? connected.GetProperty("client").GetString()! : throw new InvalidOperationException($"Refused: {reply}"));
        await SendAsync(socket, string.Join('\n', _channels.Select(channel => $$$"""{"id":2,"subscribe":{"channel":"{{{channel}}}","join_leave":true}}""")));
    }

    private async Task ListenAsync(ClientWebSocket socket, PresenceSession session)
    {
        var missing = _channels.Count;
        while (true)
            foreach (var message in await ReadAsync(socket, _leaving.Token))
            {
                if (message.TryGetProperty("push", out var push))
                    Note(session, push);
                else if (!message.TryGetProperty("id", out _))
                    await SendAsync(socket, "{}");
                else if (!message.TryGetProperty("subscribe", out _))
                    throw new InvalidOperationException($"Refused: {message}");
                else if (--missing == 0)
                    Arrive(session);
            }
    }

    private void Arrive(PresenceSession session)
    {
        _ledger.Subscribed(session);
        _subscribed.TrySetResult();
    }

    private void Note(PresenceSession session, JsonElement push)
    {
        var isJoin = push.TryGetProperty("join", out var told);
        if (!isJoin && !push.TryGetProperty("leave", out told))
            throw new InvalidOperationException($"Not expected: {push}");
        if (_observes)
            _ledger.Saw(session, push.GetProperty("channel").GetString()!, isJoin, told.GetProperty("info").GetProperty("client").GetString()!);
    }

    private static Task SendAsync(ClientWebSocket socket, string commands) =>
        socket.SendAsync(Encoding.UTF8.GetBytes(commands), WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);

    private static async Task<IEnumerable<JsonElement>> ReadAsync(ClientWebSocket socket, CancellationToken cancellationToken)
    {
        var buffer = new byte[16 * 1024];
        var length = 0;
        while (true)
        {
            var part = await socket.ReceiveAsync(buffer.AsMemory(length), cancellationToken);
            if (part.MessageType is WebSocketMessageType.Close)
                throw new WebSocketException($"Closed with {socket.CloseStatus}.");
            length += part.Count;
            if (part.EndOfMessage)
                return Encoding.UTF8.GetString(buffer.AsSpan(0, length)).Split('\n').Select(line => JsonElement.Parse(line));
            if (length == buffer.Length)
                Array.Resize(ref buffer, 2 * length);
        }
    }

    // Also where a receive was given up: that aborts the socket, which is goodbye enough.
    private static async Task CloseAsync(ClientWebSocket socket)
    {
        try
        {
            if (socket.State is WebSocketState.Open or WebSocketState.CloseReceived)
                await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None).WaitAsync(ConnectTimeout);
        }
        catch (Exception e) when (e is WebSocketException or TimeoutException)
        {
            // It was gone already.
        }
    }
}
