namespace PushGateway.Transports.Sockets;

/// <summary>How the listener for bare sockets is used.</summary>
/// <param name="TakesQueries">Whether it serves requests with a query as well. Not where a query tells the host who the user is.</param>
internal sealed record SocketOptions(bool TakesQueries);
