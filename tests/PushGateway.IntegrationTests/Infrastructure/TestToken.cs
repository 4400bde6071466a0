using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace PushGateway.IntegrationTests.Infrastructure;

/// <summary>Tokens as a back end signs them, made by hand, so that what is wrong can be written too.</summary>
internal static class TestToken
{
    public const string Secret = "a secret that only the back end and the gateway know";

    /// <summary>The setting that has a node take them.</summary>
    public static readonly (string, string) Setting = ("PushGateway:Security:Tokens:HmacSecret", Secret);

    /// <summary>A connection token with an hour to go.</summary>
    /// <param name="user">Whose.</param>
    /// <param name="more">Further claims, such as <c>"info":{}</c>.</param>
    /// <param name="seconds">How long it lasts; null for no end.</param>
    public static string For(string user, string? more = null, int? seconds = 3600) => Sign($$"""{"sub":"{{user}}"{{End(seconds)}}{{(more is null ? "" : "," + more)}}}""");

    /// <summary>A subscription token with an hour to go.</summary>
    public static string ForChannel(string user, string channel, string? more = null, int? seconds = 3600) =>
        Sign($$"""{"sub":"{{user}}","channel":"{{channel}}"{{End(seconds)}}{{(more is null ? "" : "," + more)}}}""");

    public static string Sign(string claims, string secret = Secret, string header = """{"alg":"HS256","typ":"JWT"}""")
    {
        var text = $"{Encode(Encoding.UTF8.GetBytes(header))}.{Encode(Encoding.UTF8.GetBytes(claims))}";
        return $"{text}.{Encode(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes(text)))}";
    }

    /// <summary>A time as claims have it, in seconds since 1970.</summary>
    public static long In(int seconds) => TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() + seconds;

    private static string End(int? seconds) => seconds is { } ttl ? $",\"exp\":{In(ttl)}" : "";

    private static string Encode(byte[] bytes) => Base64Url.EncodeToString(bytes);
}
