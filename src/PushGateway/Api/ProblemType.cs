namespace PushGateway.Api;

/// <summary>The kinds of errors, in one table: the last part of a problem's <c>type</c>. Clients branch on them, so that none ever changes its name or meaning.</summary>
internal static class ProblemType
{
    /// <summary>A field is wrong, or the body as a whole.</summary>
    public const string InvalidRequest = "invalid-request";

    /// <summary>The HTTP request itself could not be read.</summary>
    public const string BrokenRequest = "broken-request";

    /// <summary>No key, or a wrong one.</summary>
    public const string Unauthorized = "unauthorized";

    /// <summary>The key is known, and does not allow this; or nobody needs a key, and this caller is none of those.</summary>
    public const string Forbidden = "forbidden";

    /// <summary>There is nothing at this address.</summary>
    public const string NotFound = "not-found";

    /// <summary>There is something at this address, for another method.</summary>
    public const string MethodNotAllowed = "method-not-allowed";

    /// <summary>The body, or a part of it, is over its limit.</summary>
    public const string TooLarge = "too-large";

    /// <summary>The body is not announced as JSON.</summary>
    public const string UnsupportedMediaType = "unsupported-media-type";

    /// <summary>The idempotency key came before with another notification.</summary>
    public const string IdempotencyConflict = "idempotency-conflict";

    /// <summary>The key publishes more than it may.</summary>
    public const string TooManyRequests = "too-many-requests";

    /// <summary>The settings of the channel keep no history.</summary>
    public const string HistoryNotKept = "history-not-kept";

    /// <summary>The settings do not keep who is in the channel, or who is online.</summary>
    public const string PresenceNotKept = "presence-not-kept";

    /// <summary>As many revocations are kept as may be.</summary>
    public const string TooManyRevocations = "too-many-revocations";

    /// <summary>A plain request to an address that speaks WebSocket.</summary>
    public const string WebSocketRequired = "websocket-required";

    /// <summary>A page of this origin may not connect.</summary>
    public const string OriginNotAllowed = "origin-not-allowed";

    /// <summary>The node has as many clients as it takes.</summary>
    public const string NodeFull = "node-full";

    /// <summary>More clients come at once than the node accepts.</summary>
    public const string TooManyHandshakes = "too-many-handshakes";

    /// <summary>The node takes no more clients, since it is about to stop.</summary>
    public const string NodeLeaving = "node-leaving";

    /// <summary>A defect of the server.</summary>
    public const string InternalError = "internal-error";

    /// <summary>The broker cannot be reached, or did not answer in time.</summary>
    public const string BrokerUnavailable = "broker-unavailable";
}
