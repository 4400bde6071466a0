using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace PushGateway.IntegrationTests.Infrastructure;

/// <summary>Stands between a client and a server, and fails as networks do.</summary>
internal sealed class TcpProxy : IAsyncDisposable
{
    private readonly EndPoint _server;
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly ConcurrentDictionary<ProxiedConnection, byte> _open = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _accepting;
    private int _accepted;
    private volatile TaskCompletionSource _flow = Flowing();

    /// <param name="server">Where to pass connections on to, as host and port.</param>
    public TcpProxy(string server)
    {
        _server = IPEndPoint.TryParse(server, out var address) ? address : throw new ArgumentException("Not an address and a port.", nameof(server));
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        _accepting = AcceptAsync();
    }

    /// <summary>Where to connect instead of to the server, as host and port.</summary>
    public string Address => _listener.LocalEndPoint!.ToString()!;

    /// <summary>Connections taken so far.</summary>
    public int Accepted => Volatile.Read(ref _accepted);

    /// <summary>How long each part of what either side says is held back.</summary>
    public TimeSpan Delay { get; set; }

    /// <summary>Says what becomes of each part of what the server says. By default all passes.</summary>
    public Func<AnswerFate> Answers { get; set; } = () => AnswerFate.Passed;

    /// <summary>
    /// Nothing passes any more, in either direction, and nobody is told: connections stay open, new ones are taken and lead nowhere. As a network that drops every packet, it
    /// delivers what TCP sends again when it works again.
    /// </summary>
    public void Freeze() => _flow = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Lets everything pass again, what was held back included.</summary>
    public void Thaw() => _flow.TrySetResult();

    /// <summary>Resets every connection that is open.</summary>
    public void Cut()
    {
        foreach (var connection in _open.Keys)
            connection.Cut();
    }

    /// <summary>The connections that are open and whose client began with words that contain these never hear from the server again. Returns how many there are.</summary>
    public int Mute(string words)
    {
        var muted = _open.Keys.Where(connection => connection.Said(words)).ToArray();
        foreach (var connection in muted)
            connection.Mute();
        return muted.Length;
    }

    /// <summary>Waits as long as a part of what is said has to.</summary>
    public async Task PassAsync(CancellationToken cancellationToken)
    {
        await _flow.Task.WaitAsync(cancellationToken);
        if (Delay > TimeSpan.Zero)
            await Task.Delay(Delay, cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Dispose();
        Cut();
        await _accepting;
        _stopping.Dispose();
    }

    private static TaskCompletionSource Flowing()
    {
        var flow = new TaskCompletionSource();
        flow.SetResult();
        return flow;
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptAsync(_stopping.Token);
                Interlocked.Increment(ref _accepted);
                _ = ServeAsync(new ProxiedConnection(client, _server, this));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException or SocketException)
        {
            // Disposed.
        }
    }

    private async Task ServeAsync(ProxiedConnection connection)
    {
        using (connection)
        {
            _open[connection] = 0;
            await connection.ServeAsync(_stopping.Token);
            _open.TryRemove(connection, out _);
        }
    }
}
