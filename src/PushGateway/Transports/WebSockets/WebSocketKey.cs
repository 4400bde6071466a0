using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace PushGateway.Transports.WebSockets;

/// <summary>The key of a handshake, and what proves that the server understood it (RFC 6455, sections 4.1 and 4.2.2).</summary>
internal static class WebSocketKey
{
    /// <summary>The length of a key before it is encoded in base64.</summary>
    public const int Bytes = 16;

    private const int Characters = (Bytes + 2) / 3 * 4;
    private const int AcceptCharacters = (SHA1.HashSizeInBytes + 2) / 3 * 4;

    /// <summary>The GUID of RFC 6455, section 1.3.</summary>
    private static ReadOnlySpan<byte> Guid => "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"u8;

    public static bool IsValid(ReadOnlySpan<byte> key) => key.Length == Characters && Base64.IsValid(key, out var bytes) && bytes == Bytes;

    public static bool IsValid(ReadOnlySpan<char> key) => key.Length == Characters && Base64.IsValid(key, out var bytes) && bytes == Bytes;

    public static string Accept(string key)
    {
        Span<byte> accept = stackalloc byte[AcceptCharacters];
        return Encoding.ASCII.GetString(accept[..WriteAccept(Encoding.ASCII.GetBytes(key), accept)]);
    }

    /// <summary>Writes the proof, and returns how many bytes it has.</summary>
    /// <param name="key">A valid key.</param>
    /// <param name="target">Has room for it.</param>
    public static int WriteAccept(ReadOnlySpan<byte> key, Span<byte> target)
    {
        Span<byte> proof = stackalloc byte[Characters + Guid.Length];
        Span<byte> hash = stackalloc byte[SHA1.HashSizeInBytes];
        key.CopyTo(proof);
        Guid.CopyTo(proof[Characters..]);
#pragma warning disable CA5350 // The RFC asks for SHA-1; nothing is protected by it.
        SHA1.HashData(proof, hash);
#pragma warning restore CA5350
        Base64.EncodeToUtf8(hash, target, out _, out var written);
        return written;
    }
}
