namespace PushGateway.Protocol;

/// <summary>What a client asks for.</summary>
internal abstract record Request;

/// <summary>Opens the session; the first command of every connection.</summary>
internal sealed record ConnectRequest(string? Token = null) : Request;

/// <summary>Asks for the publications of a channel.</summary>
internal sealed record SubscribeRequest(string? Channel) : Request
{
    public string? Token { get; init; }

    /// <summary>The client was subscribed before and wants what it missed.</summary>
    public bool Recover { get; init; }

    /// <summary>Bit 2: answer error 112 in place of a subscription that was not recovered.</summary>
    public int Flags { get; init; }

    /// <summary>The client wants only publications with certain tags.</summary>
    public bool HasTagsFilter { get; init; }

    public const int FailWhenNotRecovered = 2;
}

internal sealed record UnsubscribeRequest(string? Channel) : Request;

internal sealed record PublishRequest(string? Channel, ReadOnlyMemory<byte> Data) : Request;

/// <summary>A ping in the form of a command, beside the heartbeat of the server.</summary>
internal sealed record PingRequest : Request;

/// <summary>A message of the application that expects no reply.</summary>
internal sealed record SendRequest : Request;

/// <summary>A command of the protocol that this version does not serve: <c>rpc</c>, <c>history</c>, <c>presence</c>, <c>refresh</c> and their kin.</summary>
internal sealed record UnavailableRequest : Request;
