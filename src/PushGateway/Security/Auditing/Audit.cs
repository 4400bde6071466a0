using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;
using PushGateway.Channels;
using PushGateway.Cluster;
using PushGateway.Diagnostics.Floods;
using PushGateway.Notifications;
using PushGateway.Security.Revocations;

namespace PushGateway.Security;

/// <summary>
/// The log of who was let in, who was not, and what was done with which key; its category is <c>PushGateway.Audit</c>. Neither payloads nor secrets are ever in it, and what comes from outside
/// is bounded, on one line, and cannot flood it. Its events are listed in <c>docs/operations.md</c>.
/// </summary>
internal sealed class Audit : IDisposable
{
    /// <summary>The category of everything but publications.</summary>
    public const string Category = "PushGateway.Audit";

    /// <summary>The category of publications. It is off unless it is switched on: a line for each of thousands a second drowns all others.</summary>
    public const string PublishCategory = "PushGateway.Audit.Publish";

    // Room for a dozen settings.
    private const int MaxWhyLength = 2048;

    private const string LimitKind = "PublishLimit", TokenKind = "Token";

    private readonly ILogger _log, _publishLog;
    private readonly FloodReports _reports;
    private readonly FloodGate[] _refusals;
    private readonly FloodGate _limits, _tokens;

    public Audit(ILoggerFactory loggers, TimeProvider? time = null, FloodLimit? limit = null)
    {
        _log = loggers.CreateLogger(Category);
        _publishLog = loggers.CreateLogger(PublishCategory);
        _reports = new FloodReports(time ?? TimeProvider.System);
        limit ??= new FloodLimit();
        _refusals = [.. Enum.GetNames<RefusalKind>().Select(GateOf)];
        _limits = GateOf(LimitKind);
        _tokens = GateOf(TokenKind);

        FloodGate GateOf(string kind) => new(limit, _reports, count => AuditLog.LeftOut(_log, count, kind));
    }

    /// <summary>Reports what was left out.</summary>
    public void Dispose() => _reports.Dispose();

    /// <summary>Whether publications are wanted. To be asked before anything is made up for them.</summary>
    public bool IsPublishEnabled => _publishLog.IsEnabled(LogLevel.Information);

    /// <summary>A client's token was refused.</summary>
    /// <param name="client">The id of its connection.</param>
    /// <param name="user">Whose connection, as far as is known; empty when not.</param>
    /// <param name="channel">The channel of a subscription token; null for a connection token.</param>
    /// <param name="why">As in <see cref="Tokens.TokenReading{T}.Why"/>.</param>
    public void TokenRefused(Guid client, string user, string? channel, string why)
    {
        if (_tokens.TryPass())
            AuditLog.TokenRefused(_log, client, LogText.Of(user), LogText.Of(channel), LogText.Of(why));
    }

    /// <summary>A request to the API was refused, for want of a key or of what the key allows.</summary>
    public void Refused(HttpContext context, ApiRefusal refusal)
    {
        if (!_refusals[(int)refusal.Kind].TryPass())
            return;

        // The address of the route and not of the request, in which a mistaken caller may have put anything.
        var route = (context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText;
        AuditLog.Refused(
            _log, refusal.Kind, context.Connection.RemoteIpAddress, refusal.KeyId, MethodOf(context.Request), route, refusal.Why);
    }

    /// <summary>A line of a batch was refused, since its channel is outside of the key's namespaces.</summary>
    public void LineRefused(ApiRefusal refusal)
    {
        if (_refusals[(int)refusal.Kind].TryPass())
            AuditLog.LineRefused(_log, refusal.Kind, refusal.KeyId, refusal.Why);
    }

    /// <summary>A notification was refused, since its key publishes too much.</summary>
    public void Limited(ApiCaller caller)
    {
        if (_limits.TryPass())
            AuditLog.Limited(_log, caller.Id, caller.Limit?.PerSecond ?? 0);
    }

    /// <summary>Connections were closed.</summary>
    public void Ordered(ApiCaller caller, Disconnection order, Reached reached) =>
        AuditLog.ConnectionsClosed(_log, caller.Id, LogText.Of(order.User), order.Client, order.Code, reached.Count, reached.SilentNodes.Count);

    /// <summary>A user was unsubscribed.</summary>
    public void Ordered(ApiCaller caller, Unsubscription order, Reached reached) =>
        AuditLog.Unsubscribed(_log, caller.Id, LogText.Of(order.User), LogText.Of(order.Channel), order.Client, reached.Count, reached.SilentNodes.Count);

    /// <summary>A user was subscribed.</summary>
    public void Ordered(ApiCaller caller, ServerSubscription order, Reached reached) =>
        AuditLog.Subscribed(_log, caller.Id, LogText.Of(order.User), LogText.Of(order.Channel), order.Client, reached.Count, reached.SilentNodes.Count);

    /// <summary>A history was removed.</summary>
    public void HistoryRemoved(ApiCaller caller, string channel) => AuditLog.HistoryRemoved(_log, caller.Id, LogText.Of(channel));

    /// <summary>Tokens were revoked.</summary>
    public void Revoked(ApiCaller caller, RevocationOutcome outcome)
    {
        var (revocation, reached) = outcome;
        AuditLog.TokensRevoked(
            _log, caller.Id, LogText.Of(revocation.User), revocation.Before, LogText.Of(revocation.TokenId), reached.Count, reached.SilentNodes.Count);
    }

    /// <summary>Other keys are in force.</summary>
    /// <param name="changed">The ids of those that are new or changed.</param>
    /// <param name="removed">The ids of those that are gone or changed.</param>
    public void KeysReloaded(IEnumerable<string> changed, IEnumerable<string> removed) =>
        AuditLog.KeysReloaded(_log, LogText.Of(string.Join(", ", changed)), LogText.Of(string.Join(", ", removed)));

    /// <summary>The settings changed and are not valid: the keys stay as they were.</summary>
    public void KeysNotReloaded(string why) => AuditLog.KeysNotReloaded(_log, LogText.Of(why, MaxWhyLength));

    /// <summary>A back end published.</summary>
    public void Published(ApiCaller caller, Notification notification, IReadOnlyList<NotificationResult> results)
    {
        var failed = 0;
        for (var i = 0; i < results.Count; i++)
            if (results[i].Error is not null)
                failed++;
        Published(caller, notification, failed == 0 ? "published" : "partly", results.Count > 0 ? results[0].Position : null);
    }

    /// <summary>A back end wanted to publish, and could not.</summary>
    public void NotPublished(ApiCaller caller, Notification notification, string outcome) => Published(caller, notification, outcome, null);

    /// <summary>A client published, or wanted to. To be called where <see cref="IsPublishEnabled"/>.</summary>
    /// <param name="client">The id of its connection.</param>
    /// <param name="user">Whose connection; empty for an anonymous client.</param>
    /// <param name="channel">Where.</param>
    /// <param name="outcome">What became of it, in a word.</param>
    /// <param name="position">Its place in the channel's history; null when there is none.</param>
    public void Published(Guid client, string user, string channel, string outcome, StreamPosition? position = null) =>
        AuditLog.PublishedByClient(_publishLog, client, LogText.Of(user), LogText.Of(channel), outcome, position?.Offset, position?.Epoch);

    private void Published(ApiCaller caller, Notification notification, string outcome, StreamPosition? first) => AuditLog.PublishedByKey(
        _publishLog, caller.Id, notification.Channels.Count, LogText.Of(notification.Channels[0]), outcome, first?.Offset, first?.Epoch, LogText.Of(notification.IdempotencyKey));

    // Any word can be a method.
    private static string MethodOf(HttpRequest request) => LogText.Of(request.Method);
}
