using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace PushGateway.IntegrationTests.Infrastructure;

/// <summary>Stands between a client and a server, and fails as networks do.</summary>
internal sealed class TcpProxy : IAsyncDisposable
{
    private readonly EndPoint _server;
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly ConcurrentDictionary<Socket, byte> _open = new();
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

    /// <summary>Nothing passes any more, in either direction, and nobody is told: connections stay open, new ones are taken and lead nowhere.</summary>
    public void Freeze() => _flow = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Lets everything pass again, what was held back included.</summary>
    public void Thaw() => _flow.TrySetResult();

    /// <summary>Resets every connection that is open.</summary>
    public void Cut()
    {
        foreach (var socket in _open.Keys)
            socket.Close(timeout: 0);
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
                _ = ServeAsync(client);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException or SocketException)
        {
            // Disposed.
        }
    }

    private async Task ServeAsync(Socket client)
    {
        using var server = new Socket(_server.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        _open[client] = _open[server] = 0;
        try
        {
            await _flow.Task.WaitAsync(_stopping.Token);
            await server.ConnectAsync(_server, _stopping.Token);
            await Task.WhenAny(CopyAsync(client, server), CopyAsync(server, client));
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // The client is told by the closing.
        }

        _open.TryRemove(client, out _);
        _open.TryRemove(server, out _);
        client.Dispose();
    }

    private async Task CopyAsync(Socket from, Socket to)
    {
        var buffer = new byte[16 * 1024];
        try
        {
            int count;
            while ((count = await from.ReceiveAsync(buffer, _stopping.Token)) > 0)
            {
                await _flow.Task.WaitAsync(_stopping.Token);
                await to.SendAsync(buffer.AsMemory(0, count), _stopping.Token);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // Either side is gone.
        }
    }
}
