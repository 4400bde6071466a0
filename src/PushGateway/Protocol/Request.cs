using PushGateway.Channels;

namespace PushGateway.Protocol;

/// <summary>What a client asks for.</summary>
internal abstract record Request;

/// <summary>Opens the session; the first command of every connection.</summary>
internal sealed record ConnectRequest(string? Token = null) : Request
{
    /// <summary>Where the client left the channels that the server subscribes it to; null when it has been nowhere.</summary>
    public IReadOnlyDictionary<string, SubscribeRequest>? Subscriptions { get; init; }

    /// <summary>What the client calls itself; null or empty for nothing.</summary>
    public string? Name { get; init; }

    /// <summary>Which version of that it is.</summary>
    public string? Version { get; init; }

    /// <summary>What it says to whoever decides about it: one JSON value, in memory of its own. Empty for nothing.</summary>
    public ReadOnlyMemory<byte> Data { get; init; }

    /// <summary>Headers that it would have sent, could browsers set those of a handshake; null for none. What is in them is the client's word alone. The case of their names does not count.</summary>
    public IReadOnlyDictionary<string, string>? Headers { get; init; }

    /// <summary>How many of them it may have.</summary>
    public const int MaxHeaders = 64;
}

/// <summary>Asks for the publications of a channel.</summary>
internal sealed record SubscribeRequest(string? Channel) : Request
{
    public string? Token { get; init; }

    /// <summary>The client was subscribed before and wants what it missed.</summary>
    public bool Recover { get; init; }

    /// <summary>Where it was then. An empty epoch stands for any.</summary>
    public StreamPosition Since { get; init; } = new(0, "");

    /// <summary>The client wants to be told when it misses something.</summary>
    public bool IsPositioned { get; init; }

    /// <summary>The kind of differences that the client takes in place of whole publications; null for none.</summary>
    public string? Delta { get; init; }

    /// <summary>The client wants to be told who joins and leaves.</summary>
    public bool WantsJoinLeave { get; init; }

    /// <summary>Bit 2: answer error 112 in place of a subscription that was not recovered.</summary>
    public int Flags { get; init; }

    /// <summary>What it says to whoever decides about it: one JSON value, in memory of its own. Empty for nothing.</summary>
    public ReadOnlyMemory<byte> Data { get; init; }

    /// <summary>The client wants only publications with certain tags.</summary>
    public bool HasTagsFilter { get; init; }

    /// <summary>The client would rather have no subscription than one that does not continue the one before.</summary>
    public bool MustRecover => Recover && (Flags & FailWhenNotRecovered) != 0;

    public const int FailWhenNotRecovered = 2;

    public const string Fossil = "fossil";
}

/// <summary>Asks for a part of a channel's history.</summary>
/// <param name="Channel">The channel.</param>
/// <param name="Limit">How many publications; 0 for the position alone, -1 for as many as are allowed.</param>
/// <param name="Since">Where to begin; null for an end of the history. Its epoch is null when the client left it out.</param>
/// <param name="Reverse">Newest first.</param>
internal sealed record HistoryRequest(string? Channel, int Limit = 0, (ulong Offset, string? Epoch)? Since = null, bool Reverse = false) : Request;

/// <summary>Asks who is in a channel.</summary>
internal sealed record PresenceRequest(string? Channel) : Request;

/// <summary>Asks how many are in a channel.</summary>
internal sealed record PresenceStatsRequest(string? Channel) : Request;

internal sealed record UnsubscribeRequest(string? Channel) : Request;

internal sealed record PublishRequest(string? Channel, ReadOnlyMemory<byte> Data) : Request;

/// <summary>A ping in the form of a command, beside the heartbeat of the server.</summary>
internal sealed record PingRequest : Request;

/// <summary>A message of the application that expects no reply.</summary>
internal sealed record SendRequest : Request;

/// <summary>Brings a new connection token before the old one ends.</summary>
internal sealed record RefreshRequest(string? Token) : Request;

/// <summary>Brings a new subscription token before the old one ends.</summary>
internal sealed record SubscriptionRefreshRequest(string? Channel, string? Token) : Request;

/// <summary>A command of the protocol that this version does not serve: <c>rpc</c>.</summary>
internal sealed record UnavailableRequest : Request;
