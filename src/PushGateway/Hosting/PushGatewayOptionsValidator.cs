using Microsoft.Extensions.Options;
using PushGateway.Api;
using PushGateway.Channels;
using PushGateway.Connections;
using PushGateway.Presence;
using PushGateway.Transports.WebSockets;

namespace PushGateway.Hosting;

/// <summary>Finds settings that cannot work before the server listens, and says what to set.</summary>
internal sealed class PushGatewayOptionsValidator : IValidateOptions<PushGatewayOptions>
{
    private const int SmallestOutbox = 16 * 1024;

    // A joining subscription holds back up to half an outbox, and around the data there is the envelope of the protocol.
    private const int OutboxOverData = 4;

    // Far more than a node can do; who wants no limit sets 0.
    private const int MaxHandshakes = 1_000_000;

    // Far more than a process can have files.
    private const int MaxClients = 10_000_000;

    private const int MaxPort = 65535;

    // As for handshakes.
    private const int MaxEvents = 1_000_000;

    // An hour: orchestrators kill long before.
    private const int LongestShutdownSeconds = 3600;

    // As for handshakes.
    private const int MaxCommands = 1_000_000;

    // An hour: a token that ended counts no longer.
    private static readonly TimeSpan LongestGrace = TimeSpan.FromHours(1);

    private static readonly string Accesses = string.Join(" or ", Enum.GetNames<ChannelAccess>());

    // Of 256 bytes each they take 25 MB: one channel must not fill a Redis.
    private const int MaxHistorySize = 100_000;

    // A year: longer is an archive, which a database keeps better.
    private static readonly TimeSpan LongestKept = TimeSpan.FromDays(366);

    // Ten years: who comes back later is a new user.
    private static readonly TimeSpan LongestSeen = TimeSpan.FromDays(3653);

    // An hour: whoever is away longer is away.
    private static readonly TimeSpan LongestLeaveDelay = TimeSpan.FromHours(1);

    // The wheel of the sweeper turns once a second; a day is far beyond any sensible deadline.
    private static readonly TimeSpan Shortest = Sweeper.Tick, Longest = TimeSpan.FromDays(1);

    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, PushGatewayOptions options)
    {
        List<string> wrong = [];
        InRange($"PushGateway:{nameof(options.MaxChannelNameBytes)}", options.MaxChannelNameBytes, 1, ChannelName.MaxBytes, wrong);
        Check(options.Connections, wrong);
        Check(options.Api, wrong);
        Check(options.Shutdown, wrong);
        Check(options.Echo, wrong);
        InRange($"PushGateway:Logs:{nameof(options.Logs.MaxEventsPerSecond)}", options.Logs.MaxEventsPerSecond, 0, MaxEvents, wrong);
        InRange($"PushGateway:Management:{nameof(options.Management.Port)}", options.Management.Port ?? MaxPort, 1, MaxPort, wrong);
        if (options.Connections.OutboxBytes >= SmallestOutbox && options.Connections.OutboxBytes / OutboxOverData < options.Api.MaxDataBytes)
            wrong.Add($"PushGateway:Connections:OutboxBytes must be at least {OutboxOverData} times PushGateway:Api:MaxDataBytes, or one large notification closes every client it is for.");
        Check("PushGateway:Channels:", options.Channels, options.Channels, wrong);
        Check("PushGateway:UserChannels:", options.UserChannels, new ChannelOptions(), wrong);
        foreach (var (key, channels) in options.Namespaces)
            Check($"PushGateway:Namespaces:{key}:", channels, options.Channels, wrong);
        Check(options.UserPresence, options.Namespaces, wrong);
        foreach (var unusable in options.Namespaces.Keys.Where(key => !ChannelName.IsNamespace(key)))
            wrong.Add($"PushGateway:Namespaces:{unusable}: a namespace has ASCII letters, digits and -_. only.");
        return wrong.Count > 0 ? ValidateOptionsResult.Fail(wrong) : ValidateOptionsResult.Success;
    }

    private static void Check(ConnectionOptions connections, List<string> wrong)
    {
        const string section = "PushGateway:Connections:";
        InRange(section + nameof(connections.PingInterval), connections.PingInterval, wrong);
        InRange(section + nameof(connections.PongTimeout), connections.PongTimeout, wrong);
        InRange(section + nameof(connections.ConnectTimeout), connections.ConnectTimeout, wrong);
        InRange(section + nameof(connections.CloseTimeout), connections.CloseTimeout, wrong);
        InRange(section + nameof(connections.ChannelLinger), connections.ChannelLinger, wrong);
        InRange(section + nameof(connections.MaxMessageBytes), connections.MaxMessageBytes, 1024, 64 * 1024 * 1024, wrong);
        InRange(section + nameof(connections.OutboxBytes), connections.OutboxBytes, SmallestOutbox, 1024 * 1024 * 1024, wrong);
        InRange(section + nameof(connections.MaxSubscriptions), connections.MaxSubscriptions, 1, 4096, wrong);
        InRange(section + nameof(connections.MaxRecoveredPublications), connections.MaxRecoveredPublications, 1, MaxHistorySize, wrong);
        InRange(section + nameof(connections.MaxRecoveryBytes), connections.MaxRecoveryBytes, SmallestOutbox, 1024 * 1024 * 1024, wrong);
        InRange(section + nameof(connections.MaxHistoryLimit), connections.MaxHistoryLimit, 1, MaxHistorySize, wrong);
        InRange(section + nameof(connections.MaxPresenceClients), connections.MaxPresenceClients, 1, IPresence.MaxPageSize, wrong);
        InRange(section + nameof(connections.MaxInfoBytes), connections.MaxInfoBytes, 2, ushort.MaxValue, wrong);
        InRange(section + nameof(connections.PositionCheckInterval), connections.PositionCheckInterval, wrong);
        InRange(section + nameof(connections.CommandsPerSecond), connections.CommandsPerSecond, 0, MaxCommands, wrong);
        InRange(section + nameof(connections.CommandBurst), connections.CommandBurst, 1, MaxCommands, wrong);
        if (connections.CommandsPerSecond > 0 && connections.CommandBurst <= connections.MaxSubscriptions)
            wrong.Add($"{section}{nameof(connections.CommandBurst)} must be more than {nameof(connections.MaxSubscriptions)}, or a client that comes back could not subscribe to all its channels.");
        InRange(section + nameof(connections.MaxConnectionsPerUser), connections.MaxConnectionsPerUser, 0, 1_000_000, wrong);
        if (connections.ExpiryGrace < TimeSpan.Zero || connections.ExpiryGrace > LongestGrace)
            wrong.Add($"{section}{nameof(connections.ExpiryGrace)} must be from {TimeSpan.Zero:c} to {LongestGrace:c}.");
        InRange(section + nameof(connections.MaxConnections), connections.MaxConnections, 0, MaxClients, wrong);
        InRange(section + nameof(connections.HandshakeTimeout), connections.HandshakeTimeout, wrong);
        InRange(section + nameof(connections.MaxPendingHandshakes), connections.MaxPendingHandshakes, 1, MaxClients, wrong);
        InRange(section + nameof(connections.MaxHeaderBytes), connections.MaxHeaderBytes, 4 * 1024, 1024 * 1024, wrong);
        InRange(section + nameof(connections.HandshakesPerSecond), connections.HandshakesPerSecond, 0, MaxHandshakes, wrong);
        InRange(section + nameof(connections.HandshakeBurst), connections.HandshakeBurst, 1, MaxHandshakes, wrong);
        if (connections.PongTimeout >= connections.PingInterval)
            wrong.Add($"{section}{nameof(connections.PongTimeout)} must be shorter than {nameof(connections.PingInterval)}.");
    }

    private static void Check(ApiOptions api, List<string> wrong)
    {
        const string section = "PushGateway:Api:";
        InRange(section + nameof(api.MaxBodyBytes), api.MaxBodyBytes, 1024, 256 * 1024 * 1024, wrong);
        InRange(section + nameof(api.MaxDataBytes), api.MaxDataBytes, 1, api.MaxBodyBytes, wrong);
        InRange(section + nameof(api.MaxBatchLines), api.MaxBatchLines, 1, 1_000_000, wrong);
        InRange(section + nameof(api.MaxBatchBytes), api.MaxBatchBytes, 1024, 1024 * 1024 * 1024, wrong);
        InRange(section + nameof(api.MaxBatchInFlight), api.MaxBatchInFlight, 1, 10_000, wrong);
        InRange(section + nameof(api.MaxTargets), api.MaxTargets, 1, 100_000, wrong);
        InRange(section + nameof(api.MaxTags), api.MaxTags, 0, 255, wrong);
        InRange(section + nameof(api.MaxTagBytes), api.MaxTagBytes, 1, ushort.MaxValue, wrong);
        InRange(section + nameof(api.MaxPageSize), api.MaxPageSize, 1, 100_000, wrong);
        InRange(section + nameof(api.MaxPresencePageSize), api.MaxPresencePageSize, 1, IPresence.MaxPageSize, wrong);
        InRange(section + nameof(api.MaxPresenceQueryUsers), api.MaxPresenceQueryUsers, 1, IPresence.MaxUsers, wrong);
        InRange(section + nameof(api.MaxHistoryPageSize), api.MaxHistoryPageSize, 1, 1000, wrong);
        InRange(section + nameof(api.MaxHistoryPageBytes), api.MaxHistoryPageBytes, 1024, 256 * 1024 * 1024, wrong);
        InRange(section + nameof(api.IdempotencyTtl), api.IdempotencyTtl, wrong);
        InRange(section + nameof(api.RetryAfter), api.RetryAfter, wrong);
    }

    private static void Check(ShutdownOptions shutdown, List<string> wrong)
    {
        const string section = "PushGateway:Shutdown:";
        InRange(section + nameof(shutdown.PauseSeconds), shutdown.PauseSeconds ?? 0, 0, LongestShutdownSeconds, wrong);
        InRange(section + nameof(shutdown.DrainSeconds), shutdown.DrainSeconds ?? 0, 0, LongestShutdownSeconds, wrong);
    }

    // The binder takes any number for a name.
    private static void Check(string section, ChannelOptions channels, ChannelOptions defaults, List<string> wrong)
    {
        Check(section + nameof(channels.Subscribe), channels.Subscribe, wrong);
        Check(section + nameof(channels.Publish), channels.Publish, wrong);
        Check(section + nameof(channels.ReadPresence), channels.ReadPresence, wrong);
        Check(section + nameof(channels.ReadHistory), channels.ReadHistory, wrong);
        if (channels.Subscribe == ChannelAccess.Subscribers)
            wrong.Add($"{section}{nameof(channels.Subscribe)} cannot be {nameof(ChannelAccess.Subscribers)}: nobody could become one.");
        if (channels.RecoveryMode is { } mode && !Enum.IsDefined(mode))
            wrong.Add($"{section}{nameof(channels.RecoveryMode)} must be {nameof(RecoveryMode.Stream)} or {nameof(RecoveryMode.Cache)}.");
        if (channels.HistorySize is { } size)
            InRange(section + nameof(channels.HistorySize), size, 0, MaxHistorySize, wrong);
        Kept(section + nameof(channels.HistoryTtl), channels.HistoryTtl, wrong);
        Kept(section + nameof(channels.HistoryMetaTtl), channels.HistoryMetaTtl, wrong);
        if (channels.LeaveDelay < TimeSpan.Zero || channels.LeaveDelay > LongestLeaveDelay)
            wrong.Add($"{section}{nameof(channels.LeaveDelay)} must be from {TimeSpan.Zero:c} to {LongestLeaveDelay:c}.");

        var rules = ChannelRules.From(channels, defaults);
        if (rules.History is { } history && history.MetaTtl < history.Ttl)
            wrong.Add($"{section}{nameof(channels.HistoryMetaTtl)} must not be shorter than {nameof(channels.HistoryTtl)}, or a position would end before what it counts.");
        if (rules.History is null && channels.Recovery == true)
            wrong.Add($"{section}{nameof(channels.Recovery)} needs a {nameof(channels.HistorySize)} of at least 1.");
    }

    private static void Check(string setting, ChannelAccess? access, List<string> wrong)
    {
        if (access is { } value && !Enum.IsDefined(value))
            wrong.Add($"{setting} must be {Accesses}.");
    }

    private static void Check(UserPresenceOptions users, IDictionary<string, ChannelOptions> namespaces, List<string> wrong)
    {
        const string section = "PushGateway:UserPresence:";
        if (users.LastSeenTtl < Shortest || users.LastSeenTtl > LongestSeen)
            wrong.Add($"{section}{nameof(users.LastSeenTtl)} must be from {Shortest:c} to {LongestSeen:c}.");
        if (users.ChangesNamespace is { } changes && !namespaces.ContainsKey(changes))
            wrong.Add($"{section}{nameof(users.ChangesNamespace)} must be a namespace that is configured: set who may subscribe in PushGateway:Namespaces:{changes}.");
    }

    private static void Kept(string setting, TimeSpan? value, List<string> wrong)
    {
        if (value < Shortest || value > LongestKept)
            wrong.Add($"{setting} must be from {Shortest:c} to {LongestKept:c}.");
    }

    private static void Check(EchoOptions echo, List<string> wrong)
    {
        const string section = "PushGateway:Echo:";
        InRange(section + nameof(echo.MaxMessageBytes), echo.MaxMessageBytes, 1, 64 * 1024 * 1024, wrong);
        InRange(section + nameof(echo.IdleTimeout), echo.IdleTimeout, wrong);
    }

    private static void InRange(string setting, TimeSpan value, List<string> wrong)
    {
        if (value < Shortest || value > Longest)
            wrong.Add($"{setting} must be from {Shortest:c} to {Longest:c}.");
    }

    private static void InRange(string setting, int value, int least, int most, List<string> wrong)
    {
        if (value < least || value > most)
            wrong.Add($"{setting} must be from {least} to {most}.");
    }
}
