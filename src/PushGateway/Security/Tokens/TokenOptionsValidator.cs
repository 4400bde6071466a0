using System.Text;
using Microsoft.Extensions.Options;

namespace PushGateway.Security.Tokens;

/// <summary>Finds settings of tokens that cannot work, or would not be safe. No message has any part of a secret.</summary>
internal sealed class TokenOptionsValidator : IValidateOptions<PushGatewayOptions>
{
    public const string Section = "PushGateway:Security:Tokens:";

    private const int MaxKeyIdLength = 255;

    // A header, a payload and a signature that say something at all; and what one message of a client carries by default.
    private const int LeastBytes = 256, MostBytes = 64 * 1024;

    private static readonly int MinSecretBytes = TokenAlgorithm.ForSecret(int.MaxValue).Min(algorithm => algorithm.MinSecretBytes);
    private static readonly TimeSpan ASecond = TimeSpan.FromSeconds(1), ADay = TimeSpan.FromDays(1);

    // The clocks of servers are minutes apart only when nobody looks after them.
    private static readonly TimeSpan LargestSkew = TimeSpan.FromMinutes(5);

    // Clients wait for it.
    private static readonly TimeSpan ShortestTimeout = TimeSpan.FromMilliseconds(100), LongestTimeout = TimeSpan.FromMinutes(1);

    // A year: what has to be valid for longer is no token but a password.
    private static readonly TimeSpan LongestLifetime = TimeSpan.FromDays(366);

    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, PushGatewayOptions options)
    {
        List<string> wrong = [];
        var tokens = options.Security.Tokens;
        Check(nameof(tokens.HmacSecret), tokens.HmacSecret, wrong);
        foreach (var (kid, key) in tokens.Keys)
            Check(kid, key, wrong);
        if (tokens.JwksUri is { } address && !IsSafe(address))
            wrong.Add($"{Section}{nameof(tokens.JwksUri)} must be an address that begins with https:// and has no user in it; http:// is for this machine alone.");
        NotEmpty(nameof(tokens.Issuer), tokens.Issuer, wrong);
        NotEmpty(nameof(tokens.Audience), tokens.Audience, wrong);
        InRange(nameof(tokens.JwksLifetime), tokens.JwksLifetime, ASecond, ADay, wrong);
        InRange(nameof(tokens.JwksRefreshInterval), tokens.JwksRefreshInterval, ASecond, ADay, wrong);
        InRange(nameof(tokens.JwksTimeout), tokens.JwksTimeout, ShortestTimeout, LongestTimeout, wrong);
        InRange(nameof(tokens.ClockSkew), tokens.ClockSkew, TimeSpan.Zero, LargestSkew, wrong);
        InRange(nameof(tokens.MaxLifetime), tokens.MaxLifetime, ASecond, LongestLifetime, wrong);
        if (tokens.MaxBytes is < LeastBytes or > MostBytes)
            wrong.Add($"{Section}{nameof(tokens.MaxBytes)} must be from {LeastBytes} to {MostBytes}.");
        return wrong.Count > 0 ? ValidateOptionsResult.Fail(wrong) : ValidateOptionsResult.Success;
    }

    private static void Check(string kid, TokenKeyOptions key, List<string> wrong)
    {
        var setting = $"Keys:{SignedToken.Quoted(kid).Trim('\'')}";
        if (kid.Length is 0 or > MaxKeyIdLength)
            wrong.Add($"{Section}{setting}: the id of a key has 1 to {MaxKeyIdLength} characters.");
        if (key.Secret is null == key.PublicKey is null)
            wrong.Add($"{Section}{setting}: set either {nameof(key.Secret)} or {nameof(key.PublicKey)}.");
        Check($"{setting}:{nameof(key.Secret)}", key.Secret, wrong);
        if (key.PublicKey is { } pem && !TokenKey.TryFromPem(kid, pem, out _, out var why))
            wrong.Add($"{Section}{setting}:{nameof(key.PublicKey)} {why}.");
    }

    private static void Check(string setting, string? secret, List<string> wrong)
    {
        if (secret is not null && Encoding.UTF8.GetByteCount(secret) < MinSecretBytes)
            wrong.Add($"{Section}{setting} must have {MinSecretBytes} bytes or more: whoever can guess it can be anybody. One is made by: openssl rand -base64 64");
    }

    private static bool IsSafe(string address) =>
        Uri.TryCreate(address, UriKind.Absolute, out var uri) && uri.UserInfo.Length == 0 && (uri.Scheme == Uri.UriSchemeHttps || (uri.Scheme == Uri.UriSchemeHttp && uri.IsLoopback));

    private static void NotEmpty(string setting, string? value, List<string> wrong)
    {
        if (value is "")
            wrong.Add($"{Section}{setting} must not be empty. Leave it out to take any.");
    }

    private static void InRange(string setting, TimeSpan value, TimeSpan least, TimeSpan most, List<string> wrong)
    {
        if (value < least || value > most)
            wrong.Add($"{Section}{setting} must be from {least:c} to {most:c}.");
    }
}
