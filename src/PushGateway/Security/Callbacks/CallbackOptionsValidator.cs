using System.Buffers;
using System.Collections.Frozen;
using Microsoft.Extensions.Options;

namespace PushGateway.Security.Callbacks;

/// <summary>Finds settings of callbacks that cannot work, or would not be safe. Repeats neither secrets nor addresses, which may hold some.</summary>
internal sealed class CallbackOptionsValidator : IValidateOptions<PushGatewayOptions>
{
    private const string Section = "PushGateway:Callbacks:";

    // RFC 9110, section 5.6.2.
    private static readonly SearchValues<char> Token = SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    // They belong to the request itself, to its hop, or to its signature.
    private static readonly FrozenSet<string> Reserved = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase,
        "Accept-Encoding", "Connection", "Content-Encoding", "Content-Length", "Content-Type", "Expect", "Host", "Keep-Alive", "Proxy-Authorization", "Proxy-Connection", "TE", "Trailer",
        "Transfer-Encoding", "Upgrade", WebhookSignature.IdHeader, WebhookSignature.TimestampHeader, WebhookSignature.SignatureHeader);

    // Polly's own bounds below; above them a setting is a slip of the unit.
    private static readonly TimeSpan ShortestBreak = TimeSpan.FromMilliseconds(500), LongestBreak = TimeSpan.FromHours(1);

    private static readonly TimeSpan ShortestTimeout = TimeSpan.FromMilliseconds(50), LongestTimeout = TimeSpan.FromMinutes(1);

    public ValidateOptionsResult Validate(string? name, PushGatewayOptions options)
    {
        var callbacks = options.Callbacks;
        List<string> wrong = [];
        CheckAddress(nameof(callbacks.Connect), callbacks.Connect, callbacks.AllowHttp, wrong);
        CheckAddress(nameof(callbacks.Subscribe), callbacks.Subscribe, callbacks.AllowHttp, wrong);
        CheckAddress(nameof(callbacks.Publish), callbacks.Publish, callbacks.AllowHttp, wrong);
        if ((callbacks.Connect ?? callbacks.Subscribe ?? callbacks.Publish) is not null && callbacks.Secret is null)
            wrong.Add($"{Section}{nameof(callbacks.Secret)}: set what requests are signed with, such as whsec_ and the output of openssl rand -base64 32.");
        CheckSecret(nameof(callbacks.Secret), callbacks.Secret, wrong);
        CheckSecret(nameof(callbacks.PreviousSecret), callbacks.PreviousSecret, wrong);
        InRange(nameof(callbacks.Timeout), callbacks.Timeout, ShortestTimeout, LongestTimeout, wrong);
        if (callbacks.Connect is not null && callbacks.Timeout >= options.Connections.ConnectTimeout)
            wrong.Add($"{Section}{nameof(callbacks.Timeout)} must be shorter than PushGateway:Connections:{nameof(options.Connections.ConnectTimeout)}, or clients are closed while they are asked about.");
        InRange(nameof(callbacks.MaxInFlight), callbacks.MaxInFlight, 1, 100_000, wrong);
        InRange(nameof(callbacks.MaxResponseBytes), callbacks.MaxResponseBytes, 1024, 16 * 1024 * 1024, wrong);
        CheckHeaders(nameof(callbacks.Headers), callbacks.Headers, wrong);
        CheckHeaders(nameof(callbacks.EmulatedHeaders), callbacks.EmulatedHeaders, wrong);
        if (callbacks.BreakerFailureRatio is not (> 0 and <= 1))
            wrong.Add($"{Section}{nameof(callbacks.BreakerFailureRatio)} must be above 0 and at most 1.");
        InRange(nameof(callbacks.BreakerMinimumThroughput), callbacks.BreakerMinimumThroughput, 2, 1_000_000, wrong);
        InRange(nameof(callbacks.BreakerSamplingDuration), callbacks.BreakerSamplingDuration, ShortestBreak, LongestBreak, wrong);
        InRange(nameof(callbacks.BreakerBreakDuration), callbacks.BreakerBreakDuration, ShortestBreak, LongestBreak, wrong);
        return wrong.Count > 0 ? ValidateOptionsResult.Fail(wrong) : ValidateOptionsResult.Success;
    }

    private static void CheckAddress(string setting, string? address, bool allowHttp, List<string> wrong)
    {
        if (address is null)
            return;

        if (!Uri.TryCreate(address, UriKind.Absolute, out var uri) || (uri.Scheme != Uri.UriSchemeHttps && uri.Scheme != Uri.UriSchemeHttp) || uri.UserInfo.Length > 0)
            wrong.Add($"{Section}{setting} must be an address such as https://backend.example/gateway/{setting.ToLowerInvariant()}, without user and password.");
        else if (uri.Scheme != Uri.UriSchemeHttps && !uri.IsLoopback && !allowHttp)
            wrong.Add($"{Section}{setting} must be https. Where something else encrypts on the way, such as a mesh, set {Section}{nameof(CallbackOptions.AllowHttp)}.");
    }

    private static void CheckSecret(string setting, string? secret, List<string> wrong)
    {
        if (secret is not null && !WebhookSignature.TryReadKey(secret, out _))
            wrong.Add(
                $"{Section}{setting} must be {WebhookSignature.SecretPrefix} and {WebhookSignature.MinKeyBytes} to {WebhookSignature.MaxKeyBytes} bytes in base64, or a text of {WebhookSignature.MinTextBytes} bytes or more.");
    }

    private static void CheckHeaders(string setting, IList<string> names, List<string> wrong)
    {
        for (var i = 0; i < names.Count; i++)
            if (names[i] is not { Length: > 0 and <= 128 } name || name.AsSpan().ContainsAnyExcept(Token) || Reserved.Contains(name))
                wrong.Add($"{Section}{setting}:{i} must be the name of a header that a request can pass on.");
    }

    private static void InRange(string setting, TimeSpan value, TimeSpan least, TimeSpan most, List<string> wrong)
    {
        if (value < least || value > most)
            wrong.Add($"{Section}{setting} must be from {least:c} to {most:c}.");
    }

    private static void InRange(string setting, int value, int least, int most, List<string> wrong)
    {
        if (value < least || value > most)
            wrong.Add($"{Section}{setting} must be from {least} to {most}.");
    }
}
