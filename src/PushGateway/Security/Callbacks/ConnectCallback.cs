using PushGateway.Connections;
using PushGateway.Protocol;

namespace PushGateway.Security.Callbacks;

/// <summary>Asks a back end who a client is that brings no token.</summary>
internal sealed class ConnectCallback
{
    /// <summary>Whether there is one to ask.</summary>
    public bool IsEnabled { get; }

    /// <summary>The headers of the handshake that it gets to see.</summary>
    public IReadOnlyList<string> Headers { get; } = [];

    /// <summary>Asks. Never throws but for the token: whatever goes wrong is an error that the client may try again after.</summary>
    public ValueTask<ConnectAnswer> AskAsync(ConnectQuestion question, CancellationToken cancellationToken) => new(new ConnectAnswer(Error: IsEnabled ? null : ErrorResult.Internal));
}

/// <summary>Who wants to connect.</summary>
/// <param name="Client">The id of the connection.</param>
/// <param name="Request">Its command.</param>
/// <param name="Headers">Those of the headers that are wanted which the handshake had.</param>
internal sealed record ConnectQuestion(string Client, ConnectRequest Request, IReadOnlyList<KeyValuePair<string, string>> Headers);

/// <summary>One of the three.</summary>
/// <param name="Grant">Who the client is.</param>
/// <param name="Error">Why it may not connect now.</param>
/// <param name="End">Why its connection is closed.</param>
internal readonly record struct ConnectAnswer(ClientGrant? Grant = null, ErrorResult? Error = null, CloseReason? End = null);
