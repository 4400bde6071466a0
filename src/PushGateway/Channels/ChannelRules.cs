using PushGateway.Presence;

namespace PushGateway.Channels;

/// <summary>The settings in force for a channel, with nothing left unset.</summary>
/// <param name="Subscribe">See <see cref="ChannelOptions.Subscribe"/>.</param>
/// <param name="Publish">See <see cref="ChannelOptions.Publish"/>.</param>
/// <param name="History">What is kept; null for nothing.</param>
/// <param name="Recovers">Whether clients get what they missed.</param>
/// <param name="Mode">What they get then.</param>
/// <param name="KeepLatest">See <see cref="ChannelOptions.KeepLatest"/>.</param>
/// <param name="Delta">See <see cref="ChannelOptions.Delta"/>.</param>
/// <param name="Members">How members are kept; null when they are not.</param>
/// <param name="Presence">See <see cref="ChannelOptions.Presence"/>.</param>
/// <param name="JoinLeave">See <see cref="ChannelOptions.JoinLeave"/>.</param>
/// <param name="ForceJoinLeave">See <see cref="ChannelOptions.ForceJoinLeave"/>.</param>
internal sealed record ChannelRules(
    ChannelAccess Subscribe,
    ChannelAccess Publish,
    HistoryLimits? History = null,
    bool Recovers = false,
    RecoveryMode Mode = RecoveryMode.Stream,
    bool KeepLatest = false,
    bool Delta = false,
    MembershipRules? Members = null,
    bool Presence = false,
    bool JoinLeave = false,
    bool ForceJoinLeave = false)
{
    /// <summary>Where they hold, for metrics: a namespace, or one of two names that no namespace has.</summary>
    public string Namespace { get; init; } = WithoutNamespace;

    /// <summary>See <see cref="ChannelOptions.Private"/>.</summary>
    public bool IsPrivate { get; init; }

    /// <summary>See <see cref="ChannelOptions.ReadPresence"/>.</summary>
    public ChannelAccess ReadPresence { get; init; } = ChannelAccess.Subscribers;

    /// <summary>See <see cref="ChannelOptions.ReadHistory"/>.</summary>
    public ChannelAccess ReadHistory { get; init; } = ChannelAccess.Subscribers;

    private const string WithoutNamespace = "(none)", OfUsers = "(users)";
    private const int DefaultHistorySize = 100;
    private static readonly TimeSpan DefaultHistoryTtl = TimeSpan.FromDays(1);

    // A month: whoever comes back later has forgotten what it was about, and the key of a channel that nobody uses any more goes away.
    private static readonly TimeSpan DefaultMetaTtl = TimeSpan.FromDays(30);

    /// <summary>Whether back ends may ask who is in a channel. That holds for each user's own channel too, unless it is not even kept who is online.</summary>
    public bool KeepsPresence => Presence || Members?.User is not null;

    public static ChannelRules From(ChannelOptions options, ChannelOptions defaults, UserPresenceRules? users = null)
    {
        var recovery = options.Recovery ?? defaults.Recovery;
        var size = options.HistorySize ?? defaults.HistorySize ?? (recovery == true ? DefaultHistorySize : 0);
        var ttl = options.HistoryTtl ?? defaults.HistoryTtl ?? DefaultHistoryTtl;
        var metaTtl = options.HistoryMetaTtl ?? defaults.HistoryMetaTtl ?? (ttl > DefaultMetaTtl ? ttl : DefaultMetaTtl);
        var presence = options.Presence ?? defaults.Presence ?? false;
        var forceJoinLeave = options.ForceJoinLeave ?? defaults.ForceJoinLeave ?? false;
        var joinLeave = forceJoinLeave || (options.JoinLeave ?? defaults.JoinLeave ?? false);
        return new ChannelRules(
            options.Subscribe ?? defaults.Subscribe ?? ChannelAccess.Authenticated,
            options.Publish ?? defaults.Publish ?? ChannelAccess.Nobody,
            size > 0 ? new HistoryLimits(size, ttl, metaTtl) : null,
            size > 0 && recovery != false,
            options.RecoveryMode ?? defaults.RecoveryMode ?? RecoveryMode.Stream,
            options.KeepLatest ?? defaults.KeepLatest ?? false,
            options.Delta ?? defaults.Delta ?? false,
            presence || joinLeave || users is not null ? new MembershipRules(joinLeave, options.LeaveDelay ?? defaults.LeaveDelay ?? TimeSpan.Zero, users) : null,
            presence,
            joinLeave,
            forceJoinLeave)
        {
            IsPrivate = options.Private ?? defaults.Private ?? false,
            ReadPresence = options.ReadPresence ?? defaults.ReadPresence ?? ChannelAccess.Subscribers,
            ReadHistory = options.ReadHistory ?? defaults.ReadHistory ?? ChannelAccess.Subscribers,
        };
    }

    /// <summary>The rules of the users' own channels, which keep a history unless that is switched off.</summary>
    public static ChannelRules ForUsers(ChannelOptions options, UserPresenceOptions presence)
    {
        var users = presence.Enabled ? new UserPresenceRules(presence.LastSeenTtl, presence.ChangesNamespace is not null) : null;
        return From(options, new ChannelOptions { HistorySize = DefaultHistorySize }, users) with { Namespace = OfUsers };
    }
}
