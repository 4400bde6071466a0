using Microsoft.Extensions.Logging;

namespace PushGateway.Security;

/// <summary>The log of who was let in, who was not, and what was done with which key; its category is <c>PushGateway.Audit</c>. Neither payloads nor secrets are ever in it.</summary>
internal sealed partial class Audit(ILoggerFactory loggers)
{
    private readonly ILogger _log = loggers.CreateLogger("PushGateway.Audit");

    /// <summary>A client's token was refused.</summary>
    /// <param name="client">The id of its connection.</param>
    /// <param name="user">Whose connection, as far as is known; empty when not.</param>
    /// <param name="channel">The channel of a subscription token; null for a connection token.</param>
    /// <param name="why">As in <see cref="Tokens.TokenReading{T}.Why"/>.</param>
    public void TokenRefused(Guid client, string user, string? channel, string why) => Log.TokenRefused(_log, client, user, channel, why);

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "A token of connection {Connection} of user '{User}' was refused, channel {Channel}: {Why}")]
        public static partial void TokenRefused(ILogger logger, Guid connection, string user, string? channel, string why);
    }
}
