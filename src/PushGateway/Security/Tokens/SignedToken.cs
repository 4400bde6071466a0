using System.Buffers;
using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Unicode;

namespace PushGateway.Security.Tokens;

/// <summary>A token in its parts (JWS compact serialization, RFC 7515, section 7.1), none of them believed yet.</summary>
/// <param name="Algorithm">The <c>alg</c> of its header.</param>
/// <param name="KeyId">The <c>kid</c> of its header; null for none.</param>
/// <param name="Payload">The claims, as JSON that nobody has read yet.</param>
internal sealed record SignedToken(TokenAlgorithm Algorithm, string? KeyId, byte[] Payload)
{
    private const char Boundary = '.';

    // The decoder would pass over white space and padding, by which one token had many spellings.
    private static readonly SearchValues<char> Spelling = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.");

    /// <summary>JSON in which no name stands twice: two readers may take two of them, and be of two minds about what was signed.</summary>
    public static JsonDocumentOptions Strict { get; } = new() { AllowDuplicateProperties = false, MaxDepth = Notifications.JsonPayload.MaxDepth };

    /// <summary>Takes a token apart. Keys that the header brings along or points to (<c>jwk</c>, <c>jku</c>, <c>x5c</c>, <c>x5u</c>) are not looked at.</summary>
    /// <param name="text">What should be a token.</param>
    /// <param name="token">The token.</param>
    /// <param name="why">When it is none that can be taken, the reason as a sentence, without any part of it but a cleaned <c>alg</c>.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out SignedToken? token, [NotNullWhen(false)] out string? why)
    {
        token = null;
        why = null;
        if (text.AsSpan().ContainsAnyExcept(Spelling))
        {
            why = "It has characters that no token has.";
            return false;
        }

        Span<Range> parts = stackalloc Range[6];
        switch (text.AsSpan().Split(parts, Boundary))
        {
            case 3:
                break;
            case 5:
                why = "It is encrypted (JWE), and tokens here are signed.";
                return false;
            default:
                why = "It is no JWT: three parts with dots between them.";
                return false;
        }

        if (!TryDecode(text, parts[0], out var header) || !TryDecode(text, parts[1], out var payload) || !TryDecode(text, parts[2], out var signature))
        {
            why = "It is no JWT: a part is not base64url.";
            return false;
        }

        if (!TryReadHeader(header, out var algorithm, out var kid, out why))
            return false;

        if (signature.Length == 0)
        {
            why = "It has no signature.";
            return false;
        }

        token = new SignedToken(algorithm, kid, payload);
        return true;
    }

    private static bool TryDecode(string text, Range part, [NotNullWhen(true)] out byte[]? bytes)
    {
        var span = text.AsSpan(part);
        bytes = new byte[Base64Url.GetMaxDecodedLength(span.Length)];
        // Unlike this one, the decoder that is named Try throws.
        if (Base64Url.DecodeFromChars(span, bytes, out _, out var length) != OperationStatus.Done)
            return false;

        Array.Resize(ref bytes, length);
        return true;
    }

    private static bool TryReadHeader(byte[] header, [NotNullWhen(true)] out TokenAlgorithm? algorithm, out string? kid, [NotNullWhen(false)] out string? why)
    {
        algorithm = null;
        kid = null;
        try
        {
            using var json = JsonDocument.Parse(Utf8.IsValid(header) ? header : default(ReadOnlyMemory<byte>), Strict);
            why = WhatIsWrong(json.RootElement, out algorithm, out kid);
        }
        // The second is for strings that are no Unicode.
        catch (Exception garbage) when (garbage is JsonException or InvalidOperationException)
        {
            why = "Its header is not JSON, or has a name twice.";
        }

        return why is null && algorithm is not null;
    }

    private static string? WhatIsWrong(JsonElement header, out TokenAlgorithm? algorithm, out string? kid)
    {
        algorithm = null;
        kid = null;
        if (header.ValueKind != JsonValueKind.Object)
            return "Its header is no JSON object.";

        if (!header.TryGetProperty("alg", out var alg) || alg.ValueKind != JsonValueKind.String)
            return "Its header has no alg.";

        if (!TokenAlgorithm.TryFind(alg.GetString(), out algorithm))
            return $"Its alg {Quoted(alg.GetString()!)} is not taken: HS256, RS256, ES256 and their like with 384 and 512 are.";

        // What must be understood must not be passed over (RFC 7515, section 4.1.11), and nothing of it is.
        if (header.TryGetProperty("crit", out _))
            return "Its header has crit, and no extension is understood.";

        if (!header.TryGetProperty("kid", out var id))
            return null;

        kid = id.ValueKind == JsonValueKind.String ? id.GetString() : null;
        return kid is null ? "The kid of its header is no string." : null;
    }

    /// <summary>A text from outside, as a log can bear it: in quotes, without what could pass for something else, and not long.</summary>
    public static string Quoted(string text)
    {
        const int most = 64;
        return string.Create(Math.Min(text.Length, most) + 2, text, static (quoted, text) =>
        {
            quoted[0] = quoted[^1] = '\'';
            for (var i = 1; i < quoted.Length - 1; i++)
                quoted[i] = text[i - 1] is > ' ' and <= '~' and not '\'' ? text[i - 1] : '?';
        });
    }
}
