using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using PushGateway.Connections;
using PushGateway.Security;
using PushGateway.Security.Origins;
using PushGateway.Transports.WebSockets;

namespace PushGateway.Transports.Sockets;

/// <summary>Serves the clients of one address on their bare sockets.</summary>
internal sealed partial class SocketClients(
    IPEndPoint address,
    IServer server,
    Admission admission,
    OriginRules origins,
    WantedHeaders headers,
    ConnectionRegistry connections,
    ClientMessages messages,
    SocketOptions options,
    AllowedHosts hosts,
    IOptions<KestrelServerOptions> kestrel,
    ILogger<SocketClients> logger)
{
    // A status line, four headers, and room.
    private const int MaxAnswerBytes = 256;

    // A limit on the server's connections can be kept by the server alone.
    private readonly bool _enabled =
        connections.Options.BareSockets && kestrel.Value.Limits is { MaxConcurrentConnections: null, MaxConcurrentUpgradedConnections: null, MaxRequestHeaderCount: >= UpgradeRequest.MaxHeaders };

    // What is within this as a whole is within the server's limits in its parts.
    private readonly int _maxRequestBytes = Math.Min(kestrel.Value.Limits.MaxRequestHeadersTotalSize, kestrel.Value.Limits.MaxRequestLineSize);

    private volatile bool _isPlain;

    public ClientMessages Messages => messages;

    public int MaxMessageBytes { get; } = connections.Options.MaxMessageBytes;

    /// <summary>Whether a request is served here. One that is refused anywhere is not: the ordinary endpoint answers it.</summary>
    public bool TryAdmit(in UpgradeRequest request) =>
        _enabled
        && (options.TakesQueries || !request.HasQuery)
        && request.Length <= _maxRequestBytes
        && hosts.Match(request.Host)
        && (!request.HasOrigin || origins.Allow(request.Origin, request.Host))
        && IsPlain()
        && admission.TryEnter() == Entry.Open;

    /// <summary>Serves a client whose request was admitted.</summary>
    /// <param name="socket">Nothing was taken off it.</param>
    /// <param name="request">The request.</param>
    /// <param name="buffer">Where the request stands.</param>
    public void Serve(Socket socket, in UpgradeRequest request, byte[] buffer)
    {
        var serves = false;
        try
        {
            if (TryAnswer(socket, request, buffer))
            {
                var transport = new ClientSocket(socket, this);
                var connection = connections.Open(transport, ClientIdentity.Anonymous, headers.Of(request));
                serves = true;
                transport.Run(connection);
            }
            else
            {
                socket.Dispose();
            }
        }
        finally
        {
            if (!serves)
                admission.Leave();
        }
    }

    /// <summary>A client that was served is gone.</summary>
    public void Left() => admission.Leave();

    /// <summary>Cuts those that are still here when the address is given up.</summary>
    public void CutAll() => connections.Cut(transport => transport is ClientSocket client && client.Clients == this);

    /// <summary>Tells of what must not happen, and ended one client's connection.</summary>
    /// <param name="connection">Its id; null when it had none yet.</param>
    /// <param name="failure">What happened.</param>
    public void Failed(Guid? connection, Exception failure) => Log.Failed(logger, connection, failure);

    // Takes only the request itself: the client's first frames may stand behind it already. A new socket has room for an answer.
    private static bool TryAnswer(Socket socket, in UpgradeRequest request, byte[] buffer)
    {
        Span<byte> answer = stackalloc byte[MaxAnswerBytes];
        answer = answer[..request.WriteAnswer(answer)];
        return socket.Receive(buffer, 0, request.Length, SocketFlags.None, out _) == request.Length && socket.Send(answer, SocketFlags.None, out _) == answer.Length;
    }

    // What comes in clear where TLS is spoken must not be answered in clear. The server tells of an address right after it was bound; for that moment it counts as one with TLS. Two addresses
    // may have one port, and are not told apart.
    private bool IsPlain()
    {
        if (_isPlain)
            return true;

        var found = false;
        foreach (var told in server.Features.Get<IServerAddressesFeature>()?.Addresses ?? [])
        {
            var bound = BindingAddress.Parse(told);
            if (bound.IsUnixPipe || bound.IsNamedPipe || bound.Port != address.Port)
                continue;

            if (bound.Scheme != Uri.UriSchemeHttp)
                return false;
            found = true;
        }

        return _isPlain = found;
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "A connection failed: {Connection}.")]
        public static partial void Failed(ILogger logger, Guid? connection, Exception failure);
    }
}
