using PushGateway.Cluster;

namespace PushGateway.Connections;

/// <summary>Why a connection ends, as the client is told. Every code the gateway closes with is in this table.</summary>
/// <param name="Code">
/// The code of the close frame. RFC 6455 (section 7.4) owns 1000 to 2999. In the client protocol a client reconnects after 3000-3499 and 4000-4499
/// and stays away after 3500-3999, 4500-4999 and 1009.
/// </param>
/// <param name="Text">The reason, at most 123 bytes (RFC 6455, section 5.5).</param>
internal sealed record CloseReason(ushort Code, string Text)
{
    /// <summary>Whether the client stays away.</summary>
    public bool IsTerminal => Code is 1009 or (>= 3500 and < 4000) or (>= 4500 and < 5000);

    /// <summary>Whether it is the answer to the client, which has ended the connection by itself.</summary>
    public bool IsAnswer { get; init; }

    /// <summary>Whether a back end chose the code.</summary>
    public bool IsChosenByOthers { get; init; }

    // RFC 6455, section 7.4.1.
    public static readonly CloseReason Normal = new(1000, "") { IsAnswer = true };
    public static readonly CloseReason GoingAway = new(1001, "going away");
    public static readonly CloseReason ProtocolViolation = new(1002, "protocol error");
    public static readonly CloseReason InvalidUtf8 = new(1007, "invalid UTF-8");
    public static readonly CloseReason MessageTooBig = new(1009, "message too big");

    // The client reconnects.
    public static readonly CloseReason Shutdown = new(3001, "shutdown");
    public static readonly CloseReason ServerError = new(3004, "internal server error");
    public static readonly CloseReason Expired = new(3005, "connection expired");
    public static readonly CloseReason Slow = new(3008, "slow");
    public static readonly CloseReason InsufficientState = new(3010, "insufficient state");
    public static readonly CloseReason ForceReconnect = new(Disconnection.ForceReconnect, "force reconnect");
    public static readonly CloseReason NoPong = new(3012, "no pong");
    public static readonly CloseReason TooManyRequests = new(3013, "too many requests");

    // The client stays away.
    public static readonly CloseReason InvalidToken = new(3500, "invalid token");
    public static readonly CloseReason BadRequest = new(3501, "bad request");
    public static readonly CloseReason Stale = new(3502, "stale");
    public static readonly CloseReason ForceDisconnect = new(Disconnection.ForceDisconnect, "force disconnect");
    public static readonly CloseReason ConnectionLimit = new(3504, "connection limit");
    public static readonly CloseReason InappropriateProtocol = new(3506, "inappropriate protocol");
    public static readonly CloseReason NotAvailable = new(3508, "not available");

    /// <summary>What a back end wants its clients to be told.</summary>
    public static CloseReason Of(Disconnection order)
    {
        var usual = order.Code switch
        {
            Disconnection.ForceDisconnect => ForceDisconnect.Text,
            Disconnection.ForceReconnect => ForceReconnect.Text,
            _ => "",
        };
        return new CloseReason((ushort)order.Code, order.Reason ?? usual) { IsChosenByOthers = order.Code is not (Disconnection.ForceDisconnect or Disconnection.ForceReconnect) };
    }
}
