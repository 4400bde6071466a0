using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.HostFiltering;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;
using PushGateway.Connections;
using PushGateway.Security;
using PushGateway.Transports.WebSockets;

namespace PushGateway.Transports.Sockets;

/// <summary>Serves clients on their bare sockets.</summary>
internal sealed class SocketClients(
    Admission admission,
    ConnectionRegistry connections,
    ClientMessages messages,
    SocketOptions options,
    IOptions<KestrelServerOptions> kestrel,
    IOptions<HostFilteringOptions> hosts)
{
    // A status line, four headers, and room.
    private const int MaxAnswerBytes = 256;

    private readonly StringSegment[] _hosts = [.. hosts.Value.AllowedHosts.Where(host => host != "*").Select(host => new StringSegment(host))];

    public Sweeper Sweeper { get; } = connections.Sweeper;

    /// <summary>How long a connection may be silent before its first request: as long as Kestrel lets it.</summary>
    public TimeSpan FirstBytesTimeout { get; } = kestrel.Value.Limits.KeepAliveTimeout;

    /// <summary>Whether a request is served here. One that is refused anywhere is not: the ordinary endpoint answers it.</summary>
    public bool TryAdmit(in UpgradeRequest request) =>
        connections.Options.BareSockets && (options.TakesQueries || !request.HasQuery) && IsAllowed(request.Host) && !admission.IsClosed && admission.TryShakeHands();

    /// <summary>Serves a client whose request was admitted.</summary>
    /// <param name="socket">Nothing was taken off it.</param>
    /// <param name="request">The request.</param>
    /// <param name="buffer">Where the request stands.</param>
    public void Serve(Socket socket, in UpgradeRequest request, byte[] buffer)
    {
        Span<byte> answer = stackalloc byte[MaxAnswerBytes];
        answer = answer[..request.WriteAnswer(answer)];
        // Only the request itself: the client's first frames may stand behind it already. A new socket has room for an answer.
        if (socket.Receive(buffer, 0, request.Length, SocketFlags.None, out _) != request.Length || socket.Send(answer, SocketFlags.None, out _) != answer.Length)
        {
            socket.Dispose();
            return;
        }

        var transport = new ClientSocket(socket, messages, connections.Options.MaxMessageBytes);
        transport.Run(connections.Open(transport, ClientIdentity.Anonymous));
    }

    /// <summary>Cuts those that are still here when the server has stopped.</summary>
    public void CutAll() => connections.CutAll();

    private bool IsAllowed(ReadOnlySpan<byte> host) =>
        _hosts.Length == 0 || HostString.MatchesAny(new HostString(Encoding.ASCII.GetString(host)).Host, _hosts);
}
