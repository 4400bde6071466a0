namespace PushGateway.Channels;

/// <summary>
/// Settings of the channels of one namespace (<c>PushGateway:Namespaces:&lt;name&gt;</c>), of the channels without a namespace
/// (<c>PushGateway:Channels</c>), or of the users' own channels (<c>PushGateway:UserChannels</c>, where those about who may do what have no meaning: a user's own channel is read by that user
/// and written by no client). What a namespace leaves unset comes from <c>PushGateway:Channels</c>.
/// </summary>
public sealed class ChannelOptions
{
    /// <summary>
    /// Which clients may subscribe. Default: <see cref="ChannelAccess.Authenticated"/>. Where it is not <see cref="ChannelAccess.Nobody"/> or
    /// <see cref="ChannelAccess.Callback"/>, a subscription token opens the channel too.
    /// </summary>
    public ChannelAccess? Subscribe { get; set; }

    /// <summary>
    /// Whether clients need a subscription token to subscribe, beside what <see cref="Subscribe"/> asks for, and have to be subscribed for all else. Default: false. Channels whose names say
    /// so, <c>$room</c>, are private anyway.
    /// </summary>
    public bool? Private { get; set; }

    /// <summary>
    /// Which clients may publish. Default: <see cref="ChannelAccess.Nobody"/>. Back ends publish with their key, whatever is set here.
    /// </summary>
    public ChannelAccess? Publish { get; set; }

    /// <summary>Which clients may know who is in a channel. Default: <see cref="ChannelAccess.Subscribers"/>. Back ends may with their key.</summary>
    public ChannelAccess? ReadPresence { get; set; }

    /// <summary>Which clients may read the history of a channel by the <c>history</c> command. Default: <see cref="ChannelAccess.Subscribers"/>. What a client missed, it gets by subscribing.</summary>
    public ChannelAccess? ReadHistory { get; set; }

    /// <summary>How many publications of a channel are kept, at most 100,000. Default: 0, which keeps none; 100 for users' own channels and where <see cref="Recovery"/> is set.</summary>
    public int? HistorySize { get; set; }

    /// <summary>How long a publication is kept. Default: 1 day.</summary>
    public TimeSpan? HistoryTtl { get; set; }

    /// <summary>How long the position of a channel is kept after its last publication, at least <see cref="HistoryTtl"/>. Default: 30 days, or that if longer.</summary>
    public TimeSpan? HistoryMetaTtl { get; set; }

    /// <summary>Whether clients get what they missed when they come back. Default: whether a history is kept.</summary>
    public bool? Recovery { get; set; }

    /// <summary>What they get then. Default: <see cref="RecoveryMode.Stream"/>.</summary>
    public RecoveryMode? RecoveryMode { get; set; }

    /// <summary>
    /// Whether, for a client that is behind, only the newest publication for each collapse key waits. Default: false. Publications without a collapse key all wait.
    /// </summary>
    public bool? KeepLatest { get; set; }

    /// <summary>Whether clients may ask for publications as differences from the one before (<c>delta: "fossil"</c>). Default: false.</summary>
    public bool? Delta { get; set; }

    /// <summary>Whether it is known who is in a channel, by the <c>presence</c> commands and the API. Default: false.</summary>
    public bool? Presence { get; set; }

    /// <summary>Whether subscribers that ask for it are told who joins and leaves. Default: false.</summary>
    public bool? JoinLeave { get; set; }

    /// <summary>Whether all subscribers are told, asked or not. Default: false.</summary>
    public bool? ForceJoinLeave { get; set; }

    /// <summary>
    /// How long a client whose connection ended stays a member, so that a reload of a page tells nobody anything. Default: 0; at most an hour, kept to the second. Who unsubscribes leaves at once.
    /// </summary>
    public TimeSpan? LeaveDelay { get; set; }
}
