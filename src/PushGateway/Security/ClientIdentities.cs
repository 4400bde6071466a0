using System.Security.Claims;
using System.Text;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using PushGateway.Channels;
using PushGateway.Notifications;

namespace PushGateway.Security;

/// <summary>Takes who a client is from the host's own authentication.</summary>
internal sealed partial class ClientIdentities(IOptions<PushGatewayOptions> options, ILogger<ClientIdentities> logger)
{
    // The claims of the tokens of the Centrifuge ecosystem.
    private const string UserClaim = "sub", InfoClaim = "info";

    private readonly int _maxInfoBytes = options.Value.Connections.MaxInfoBytes;

    /// <summary>Who the principal is; anonymous when nobody has authenticated it, or when its id cannot be used.</summary>
    public ClientIdentity Of(ClaimsPrincipal principal)
    {
        if (principal.Identity is not { IsAuthenticated: true })
            return ClientIdentity.Anonymous;

        var user = principal.FindFirst(ClaimTypes.NameIdentifier)?.Value ?? principal.FindFirst(UserClaim)?.Value;
        if (ChannelName.IsUser(user, out var why))
            return new ClientIdentity(user, InfoOf(principal));

        Log.UnusableUser(logger, why);
        return ClientIdentity.Anonymous;
    }

    private string? InfoOf(ClaimsPrincipal principal)
    {
        if (principal.FindFirst(InfoClaim)?.Value is not { Length: > 0 } claim)
            return null;

        ReadOnlyMemory<byte> info = Encoding.UTF8.GetBytes(claim);
        if (info.Length <= _maxInfoBytes && JsonPayload.IsOneValue(info.Span))
            return Encoding.UTF8.GetString(JsonPayload.OnOneLine(info).Span);

        Log.UnusableInfo(logger, _maxInfoBytes);
        return null;
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "An authenticated client counts as anonymous, since its user id {Why}.")]
        public static partial void UnusableUser(ILogger logger, string why);

        [LoggerMessage(2, LogLevel.Warning, "The claim 'info' of an authenticated client is left out, since it is not JSON of at most {MaxBytes} bytes.")]
        public static partial void UnusableInfo(ILogger logger, int maxBytes);
    }
}
