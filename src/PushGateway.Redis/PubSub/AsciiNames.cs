using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace PushGateway.Redis.PubSub;

/// <summary>
/// Compares names by ordinal, and lets a dictionary be asked with the bytes from the wire, so that the lookup of a message allocates nothing.
/// Strings hash as .NET hashes them, with a secret of the process: names that clients choose cannot be made to collide.
/// </summary>
internal sealed class AsciiNames : IEqualityComparer<string>, IAlternateEqualityComparer<ReadOnlySpan<byte>, string>
{
    public static readonly AsciiNames Comparer = new();

    /// <summary>Longer names are not supported.</summary>
    public const int MaxLength = 512;

    public bool Equals(string? x, string? y) => string.Equals(x, y, StringComparison.Ordinal);

    public int GetHashCode([DisallowNull] string obj) => obj.GetHashCode(StringComparison.Ordinal);

    public bool Equals(ReadOnlySpan<byte> alternate, string other) => Ascii.Equals(alternate, other);

    // Bytes that are no ASCII, or longer than any name, equal no name; any hash will do for them.
    public int GetHashCode(ReadOnlySpan<byte> alternate)
    {
        if (alternate.Length > MaxLength)
            return 0;
        Span<char> chars = stackalloc char[alternate.Length];
        return Ascii.ToUtf16(alternate, chars, out var length) == System.Buffers.OperationStatus.Done ? string.GetHashCode(chars[..length]) : 0;
    }

    public string Create(ReadOnlySpan<byte> alternate) => Encoding.ASCII.GetString(alternate);
}
