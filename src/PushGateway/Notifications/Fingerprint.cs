using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace PushGateway.Notifications;

/// <summary>A short stand-in for what a notification says, to tell a second attempt from another notification under the same key.</summary>
internal static class Fingerprint
{
    // Half of a SHA-256: two notifications of one key that share it are not found by chance, and not by a publisher who wants to fool itself.
    private const int Bytes = 16;

    /// <summary>The fingerprint of all that reaches clients or decides about it. Each part is preceded by its length, so that none can pass for the end of another.</summary>
    public static byte[] Of(Notification notification)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Append(hash, notification.Data.Span);
        Append(hash, notification.ExpiresIn?.Ticks ?? -1);
        Append(hash, notification.Version is { } version ? (long)version : -1);
        Append(hash, notification.CollapseKey);
        foreach (var (key, value) in (notification.Tags ?? new Dictionary<string, string>()).OrderBy(tag => tag.Key, StringComparer.Ordinal))
        {
            Append(hash, key);
            Append(hash, value);
        }

        return hash.GetHashAndReset()[..Bytes];
    }

    private static void Append(IncrementalHash hash, string? text)
    {
        if (text is null)
            Append(hash, -1);
        else
            Append(hash, Encoding.UTF8.GetBytes(text));
    }

    private static void Append(IncrementalHash hash, ReadOnlySpan<byte> part)
    {
        Append(hash, part.Length);
        hash.AppendData(part);
    }

    private static void Append(IncrementalHash hash, long number)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, number);
        hash.AppendData(bytes);
    }
}
