using System.Net;
using Microsoft.Extensions.Logging;

namespace PushGateway.Security;

/// <summary>The events of <see cref="Audit"/>. Whoever watches them goes by the number, so that none ever changes its meaning.</summary>
internal static partial class AuditLog
{
    [LoggerMessage(1, LogLevel.Warning, "A token of connection {Connection} of user '{User}' was refused, channel '{Channel}': {Why}")]
    public static partial void TokenRefused(ILogger logger, Guid connection, string user, string channel, string why);

    [LoggerMessage(2, LogLevel.Warning, "A request to the API was refused ({Kind}) from {Address}, key {Key}, {Method} {Route}: {Why}")]
    public static partial void Refused(ILogger logger, RefusalKind kind, IPAddress? address, string? key, string method, string? route, string why);

    [LoggerMessage(3, LogLevel.Warning, "A line of a batch was refused ({Kind}), key {Key}: {Why}")]
    public static partial void LineRefused(ILogger logger, RefusalKind kind, string? key, string why);

    [LoggerMessage(4, LogLevel.Warning, "A notification was refused, since key {Key} may publish {PerSecond} a second on this node.")]
    public static partial void Limited(ILogger logger, string key, int perSecond);

    [LoggerMessage(5, LogLevel.Warning, "{Count} refusals more ({Kind}) were not reported.")]
    public static partial void LeftOut(ILogger logger, long count, string kind);

    [LoggerMessage(10, LogLevel.Information, "Key {Key} closed connections of user '{User}', connection {Connection}, code {Code}: {Reached} reached, {SilentNodes} nodes silent.")]
    public static partial void ConnectionsClosed(ILogger logger, string key, string user, string? connection, int code, int reached, int silentNodes);

    [LoggerMessage(11, LogLevel.Information, "Key {Key} subscribed user '{User}' to channel '{Channel}', connection {Connection}: {Reached} reached, {SilentNodes} nodes silent.")]
    public static partial void Subscribed(ILogger logger, string key, string user, string channel, string? connection, int reached, int silentNodes);

    [LoggerMessage(12, LogLevel.Information, "Key {Key} unsubscribed user '{User}' from channel '{Channel}', connection {Connection}: {Reached} reached, {SilentNodes} nodes silent.")]
    public static partial void Unsubscribed(ILogger logger, string key, string user, string channel, string? connection, int reached, int silentNodes);

    [LoggerMessage(13, LogLevel.Information, "Key {Key} removed the history of channel '{Channel}'.")]
    public static partial void HistoryRemoved(ILogger logger, string key, string channel);

    [LoggerMessage(14, LogLevel.Information, "Key {Key} revoked tokens: of user '{User}' issued before {Before}, or token '{TokenId}': {Reached} reached, {SilentNodes} nodes silent.")]
    public static partial void TokensRevoked(ILogger logger, string key, string user, DateTimeOffset before, string tokenId, int reached, int silentNodes);

    [LoggerMessage(20, LogLevel.Information, "Other keys of the API are in force. New or changed: {Changed}; gone or changed: {Removed}.")]
    public static partial void KeysReloaded(ILogger logger, string changed, string removed);

    [LoggerMessage(21, LogLevel.Error, "The settings have changed and are not valid, so that the keys of the API stay as they were: {Why}")]
    public static partial void KeysNotReloaded(ILogger logger, string why);

    [LoggerMessage(30, LogLevel.Information, "Key {Key} published to {Channels} channels, the first '{Channel}': {Outcome}, offset {Offset}, epoch {Epoch}, idempotency key '{IdempotencyKey}'.")]
    public static partial void PublishedByKey(ILogger logger, string key, int channels, string channel, string outcome, ulong? offset, string? epoch, string idempotencyKey);

    [LoggerMessage(31, LogLevel.Information, "Connection {Connection} of user '{User}' published to channel '{Channel}': {Outcome}, offset {Offset}, epoch {Epoch}.")]
    public static partial void PublishedByClient(ILogger logger, Guid connection, string user, string channel, string outcome, ulong? offset, string? epoch);
}
