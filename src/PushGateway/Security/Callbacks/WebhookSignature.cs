using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace PushGateway.Security.Callbacks;

/// <summary>Signs requests as Standard Webhooks 1.0 has it (https://www.standardwebhooks.com), so that back ends verify them with any library for it.</summary>
internal sealed class WebhookSignature
{
    public const string IdHeader = "webhook-id", TimestampHeader = "webhook-timestamp", SignatureHeader = "webhook-signature";

    public const string SecretPrefix = "whsec_";

    /// <summary>The bounds of the specification for keys in base64.</summary>
    public const int MinKeyBytes = 24, MaxKeyBytes = 64;

    /// <summary>A text has less in it than random bytes: as many as the HMAC has (RFC 2104, section 3).</summary>
    public const int MinTextBytes = HMACSHA256.HashSizeInBytes;

    private readonly byte[][] _keys;

    /// <param name="secrets">What to sign with, each of which <see cref="TryReadKey"/> takes; null is passed over.</param>
    public WebhookSignature(params ReadOnlySpan<string?> secrets)
    {
        List<byte[]> keys = [];
        foreach (var secret in secrets)
            if (TryReadKey(secret, out var key))
                keys.Add(key);
        _keys = [.. keys];
    }

    /// <summary>The value of the header: a signature for each key.</summary>
    public string Sign(string id, long unixSeconds, ReadOnlySpan<byte> body)
    {
        var signed = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{id}.{unixSeconds}."));
        var signatures = new StringBuilder();
        Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
        foreach (var key in _keys)
        {
            using var hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key);
            hmac.AppendData(signed);
            hmac.AppendData(body);
            hmac.GetHashAndReset(hash);
            signatures.Append(signatures.Length > 0 ? " v1," : "v1,").Append(Convert.ToBase64String(hash));
        }

        return signatures.ToString();
    }

    /// <summary>The key in a secret; false when it is too short, or no base64 behind its prefix.</summary>
    public static bool TryReadKey(string? secret, [NotNullWhen(true)] out byte[]? key)
    {
        key = null;
        if (secret is null)
            return false;

        if (!secret.StartsWith(SecretPrefix, StringComparison.Ordinal))
        {
            key = Encoding.UTF8.GetBytes(secret);
            return key.Length >= MinTextBytes;
        }

        var bytes = new byte[secret.Length];
        if (!Convert.TryFromBase64Chars(secret.AsSpan(SecretPrefix.Length), bytes, out var length) || length is < MinKeyBytes or > MaxKeyBytes)
            return false;

        key = bytes[..length];
        return true;
    }
}
