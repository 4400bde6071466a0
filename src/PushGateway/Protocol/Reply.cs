using PushGateway.Channels;
using PushGateway.Presence;

namespace PushGateway.Protocol;

/// <summary>The answer to one command.</summary>
/// <param name="Id">The id of the command.</param>
/// <param name="Result">What was asked for, or an <see cref="ErrorResult"/>.</param>
internal readonly record struct Reply(uint Id, Result Result);

/// <summary>What is in a reply.</summary>
internal abstract record Result;

/// <summary>The session is open.</summary>
/// <param name="Client">The id of the connection.</param>
/// <param name="Version">What serves it.</param>
/// <param name="PingSeconds">How often the client will be pinged.</param>
/// <param name="Node">The id of the node that serves it.</param>
/// <param name="Subscriptions">Channels the server subscribed the client to.</param>
/// <param name="TtlSeconds">After how long the client is to bring a new token; null for never.</param>
internal sealed record ConnectResult(
    string Client, string Version, int PingSeconds, string Node, IReadOnlyList<(string Channel, SubscribeResult Result)> Subscriptions, int? TtlSeconds = null) : Result;

/// <summary>The client is subscribed.</summary>
internal sealed record SubscribeResult : Result
{
    /// <summary>To a channel without positions.</summary>
    public static readonly SubscribeResult Instance = new();

    /// <summary>Whether the client may come back for what it missed.</summary>
    public bool IsRecoverable { get; init; }

    /// <summary>Whether the client is told when it misses something.</summary>
    public bool IsPositioned { get; init; }

    /// <summary>Where the client begins; where it left, when it was recovered. Null where positions do not matter.</summary>
    public StreamPosition? Position { get; init; }

    public IReadOnlyList<Publication> Publications { get; init; } = [];

    /// <summary>Whether <see cref="Publications"/> are all that it missed.</summary>
    public bool IsRecovered { get; init; }

    /// <summary>Whether the client had asked for it.</summary>
    public bool WasRecovering { get; init; }

    /// <summary>Whether publications may come as differences from the one before.</summary>
    public bool UsesDelta { get; init; }

    /// <summary>After how long the client is to bring a new token; null for never.</summary>
    public int? TtlSeconds { get; init; }
}

/// <summary>A part of a history.</summary>
internal sealed record HistoryResult(StreamPosition Top, IReadOnlyList<Publication> Publications) : Result;

/// <summary>Who is in a channel.</summary>
internal sealed record PresenceResult(IReadOnlyList<ClientInfo> Members) : Result;

/// <summary>How many are in a channel.</summary>
internal sealed record PresenceStatsResult(PresenceStats Stats) : Result;

/// <summary>The new connection token counts.</summary>
/// <param name="Client">The id of the connection.</param>
/// <param name="Version">What serves it.</param>
/// <param name="TtlSeconds">After how long the client is to bring another; null for never.</param>
internal sealed record RefreshResult(string Client, string Version, int? TtlSeconds) : Result;

/// <summary>The new subscription token counts.</summary>
/// <param name="TtlSeconds">After how long the client is to bring another; null for never.</param>
internal sealed record SubscriptionRefreshResult(int? TtlSeconds) : Result;

internal sealed record UnsubscribeResult : Result
{
    public static readonly UnsubscribeResult Instance = new();
}

internal sealed record PublishResult : Result
{
    public static readonly PublishResult Instance = new();
}

internal sealed record PingResult : Result
{
    public static readonly PingResult Instance = new();
}

/// <summary>The command failed; the connection goes on.</summary>
internal sealed record ErrorResult(int Code, string Message, bool Temporary = false) : Result
{
    /// <summary>From here on codes are free for applications; below, they are the protocol's.</summary>
    public const int OwnCodes = 1000;

    // The codes of the Centrifuge client protocol.
    public static readonly ErrorResult Internal = new(100, "internal server error", Temporary: true);
    public static readonly ErrorResult UnknownChannel = new(102, "unknown channel");
    public static readonly ErrorResult PermissionDenied = new(103, "permission denied");
    public static readonly ErrorResult AlreadySubscribed = new(105, "already subscribed");
    public static readonly ErrorResult LimitExceeded = new(106, "limit exceeded");
    public static readonly ErrorResult BadRequest = new(107, "bad request");
    public static readonly ErrorResult NotAvailable = new(108, "not available");
    public static readonly ErrorResult TokenExpired = new(109, "token expired");
    public static readonly ErrorResult TooManyRequests = new(111, "too many requests", Temporary: true);
    public static readonly ErrorResult UnrecoverablePosition = new(112, "unrecoverable position");
}
