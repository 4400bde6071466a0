using System.Buffers;
using System.Security.Cryptography;
using System.Text;

namespace PushGateway.Security;

/// <summary>
/// How keys of the API, and their hashes, are written: <c>pgk_&lt;id&gt;_&lt;secret&gt;</c>, the secret being 32 random bytes in base64url, and <c>sha256:&lt;64 hexadecimal digits&gt;</c>, the SHA-256
/// of the whole key. A hash without salt or stretching is enough for a secret of 256 random bits, which nobody can try out.
/// </summary>
internal static class KeyText
{
    public const string Prefix = "pgk_", HashPrefix = "sha256:";

    private const int MaxIdLength = 64, SecretLength = 43;

    // Longer keys are known too, but cost an allocation for each request.
    private const int UsualKeyBytes = 256;

    private static readonly SearchValues<char> InIds = SearchValues.Create("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-.");
    private static readonly SearchValues<char> InSecrets = SearchValues.Create("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_");

    /// <summary>Whether a text can be the id of a key. An id has no underscore, so that it ends at the first one.</summary>
    public static bool IsId(ReadOnlySpan<char> text) => text.Length is > 0 and <= MaxIdLength && !text.ContainsAnyExcept(InIds);

    /// <summary>The id that a key names, whether there is such a key or not; empty when it names none.</summary>
    public static ReadOnlySpan<char> IdOf(ReadOnlySpan<char> key)
    {
        if (!key.StartsWith(Prefix, StringComparison.Ordinal))
            return default;

        var rest = key[Prefix.Length..];
        var end = rest.IndexOf('_');
        return end >= 0 && IsId(rest[..end]) ? rest[..end] : default;
    }

    /// <summary>Whether a text has the form of a key from its first to its last character, so that what stands in place of the id is no secret.</summary>
    public static bool IsKey(ReadOnlySpan<char> text) =>
        IdOf(text) is { IsEmpty: false } id && text[(Prefix.Length + id.Length + 1)..] is { Length: SecretLength } secret && !secret.ContainsAnyExcept(InSecrets);

    /// <summary>Reads a hash as it stands in the settings.</summary>
    /// <returns>The digest; null when it is no hash.</returns>
    public static byte[]? DigestOf(string? hash)
    {
        if (hash is null || !hash.StartsWith(HashPrefix, StringComparison.Ordinal) || hash.Length != HashPrefix.Length + (2 * SHA256.HashSizeInBytes))
            return null;

        var digest = new byte[SHA256.HashSizeInBytes];
        return Convert.FromHexString(hash.AsSpan(HashPrefix.Length), digest, out _, out _) == OperationStatus.Done ? digest : null;
    }

    /// <summary>Writes the digest of a key into 32 bytes.</summary>
    public static void Digest(ReadOnlySpan<char> key, Span<byte> digest)
    {
        Span<byte> bytes = stackalloc byte[UsualKeyBytes];
        if (Encoding.UTF8.TryGetBytes(key, bytes, out var length))
        {
            SHA256.HashData(bytes[..length], digest);
            return;
        }

        var many = new byte[Encoding.UTF8.GetByteCount(key)];
        Encoding.UTF8.GetBytes(key, many);
        SHA256.HashData(many, digest);
    }
}
