namespace PushGateway.Security.Callbacks;

/// <summary>
/// A back end that is asked about clients over HTTP, section <c>PushGateway:Callbacks</c>. It is asked what has an address here, and nothing else; when it cannot be asked, the answer is no.
/// </summary>
public sealed class CallbackOptions
{
    /// <summary>Where is asked who a client is that connects without a token and whom the host does not know. Default: none.</summary>
    public string? Connect { get; set; }

    /// <summary>Where is asked whether a client may subscribe, for channels with <see cref="Channels.ChannelAccess.Callback"/>. Default: none.</summary>
    public string? Subscribe { get; set; }

    /// <summary>Where is asked whether a client may publish, for channels with <see cref="Channels.ChannelAccess.Callback"/>. Default: none.</summary>
    public string? Publish { get; set; }

    /// <summary>Whether addresses may be <c>http</c> where they are not of this machine: in a mesh whose sidecars encrypt. Default: no.</summary>
    public bool AllowHttp { get; set; }

    /// <summary>What requests are signed with (Standard Webhooks): <c>whsec_</c> and 24 bytes or more in base64, or a text of 32 bytes or more. Needed where an address is set.</summary>
    public string? Secret { get; set; }

    /// <summary>The secret before it: requests are signed with both, so that it can be changed without a gap. Default: none.</summary>
    public string? PreviousSecret { get; set; }

    /// <summary>How long the back end may take, from the question to the last byte of its answer. Default: 2 s; from 50 ms to a minute.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>How many questions of each kind may be under way on a node. Default: 1,000. One more is answered with an error at once.</summary>
    public int MaxInFlight { get; set; } = 1000;

    /// <summary>The largest answer, in bytes. Default: 65,536.</summary>
    public int MaxResponseBytes { get; set; } = 64 * 1024;

    /// <summary>The headers of a client's handshake that <see cref="Connect"/> gets to see, such as <c>Cookie</c>. Default: none.</summary>
    public IList<string> Headers { get; } = [];

    /// <summary>
    /// The headers in a client's connect command (<c>headers</c>) that <see cref="Connect"/> gets to see, such as <c>Authorization</c>. The client alone says what is in them, whatever proxies
    /// are in front: never a header that is believed without a check. Default: none. Of one that the handshake had and that is in <see cref="Headers"/>, the handshake's counts.
    /// </summary>
    public IList<string> EmulatedHeaders { get; } = [];

    /// <summary>Which part of the questions of a kind has to fail before the back end is left alone. Default: 0.5; above 0, at most 1.</summary>
    public double BreakerFailureRatio { get; set; } = 0.5;

    /// <summary>How many questions of a kind there must have been within <see cref="BreakerSamplingDuration"/> for that. Default: 20, at least 2.</summary>
    public int BreakerMinimumThroughput { get; set; } = 20;

    /// <summary>Over which time they are counted. Default: 10 s; from 500 ms to an hour.</summary>
    public TimeSpan BreakerSamplingDuration { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long the back end is left alone, until one question tries whether it is back. Default: 5 s; from 500 ms to an hour.</summary>
    public TimeSpan BreakerBreakDuration { get; set; } = TimeSpan.FromSeconds(5);
}
