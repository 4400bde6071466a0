using System.Net;
using System.Net.Sockets;
using System.Text;

namespace PushGateway.IntegrationTests.Infrastructure;

/// <summary>One connection through a <see cref="TcpProxy"/>.</summary>
internal sealed class ProxiedConnection(Socket client, EndPoint address, TcpProxy proxy) : IDisposable
{
    private readonly Socket _server = new(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
    private volatile string _said = "";
    private volatile bool _mute;

    /// <summary>Passes on what either side says until one of them leaves.</summary>
    public async Task ServeAsync(CancellationToken cancellationToken)
    {
        try
        {
            await proxy.PassAsync(cancellationToken);
            await _server.ConnectAsync(address, cancellationToken);
            await Task.WhenAny(CopyRequestsAsync(cancellationToken), CopyAnswersAsync(cancellationToken));
        }
        catch (Exception e) when (IsGone(e))
        {
            // The client is told by the closing.
        }
    }

    public void Dispose()
    {
        client.Dispose();
        _server.Dispose();
    }

    /// <summary>Whether the client began with words that contain this.</summary>
    public bool Said(string words) => _said.Contains(words, StringComparison.Ordinal);

    /// <summary>From now on nothing that the server says arrives; the client is not told.</summary>
    public void Mute() => _mute = true;

    /// <summary>Resets it on both sides.</summary>
    public void Cut()
    {
        client.Close(timeout: 0);
        _server.Close(timeout: 0);
    }

    private static bool IsGone(Exception e) => e is SocketException or ObjectDisposedException or OperationCanceledException;

    private async Task CopyRequestsAsync(CancellationToken cancellationToken)
    {
        var buffer = new byte[16 * 1024];
        try
        {
            int count;
            while ((count = await client.ReceiveAsync(buffer, cancellationToken)) > 0)
            {
                if (_said.Length == 0)
                    _said = Encoding.ASCII.GetString(buffer, 0, count);
                await proxy.PassAsync(cancellationToken);
                await _server.SendAsync(buffer.AsMemory(0, count), cancellationToken);
            }
        }
        catch (Exception e) when (IsGone(e))
        {
            // Either side is gone.
        }
    }

    private async Task CopyAnswersAsync(CancellationToken cancellationToken)
    {
        var buffer = new byte[16 * 1024];
        try
        {
            int count;
            while ((count = await _server.ReceiveAsync(buffer, cancellationToken)) > 0)
            {
                await proxy.PassAsync(cancellationToken);
                var fate = _mute ? AnswerFate.Swallowed : proxy.Answers();
                if (fate is AnswerFate.Passed)
                    await client.SendAsync(buffer.AsMemory(0, count), cancellationToken);
                else if (fate is AnswerFate.Cut)
                    Cut();
            }
        }
        catch (Exception e) when (IsGone(e))
        {
            // Either side is gone.
        }
    }
}
