using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using PushGateway.Security.Tokens;

namespace PushGateway.Benchmarks.Tokens;

/// <summary>What it costs to read a token: good, forged, and garbage.</summary>
internal static class TokenCost
{
    private const int Warmup = 5_000, Rounds = 20_000;

    private const string Secret = "a secret for the measurement, long enough for HS512 with its 64 bytes";

    public static async Task<int> RunAsync()
    {
        using var rsa = RSA.Create(2048);
        using var ecdsa = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var settings = new PushGatewayOptions { Security = { Tokens = { HmacSecret = Secret } } };
        settings.Security.Tokens.Keys["rsa"] = new TokenKeyOptions { PublicKey = rsa.ExportSubjectPublicKeyInfoPem() };
        settings.Security.Tokens.Keys["ecdsa"] = new TokenKeyOptions { PublicKey = ecdsa.ExportSubjectPublicKeyInfoPem() };
        var options = Options.Create(settings);
        using var published = new PublishedKeys(options, TimeProvider.System, NullLogger<PublishedKeys>.Instance);
        var tokens = new ClientTokens(options, published, TimeProvider.System);

        Console.WriteLine("token          good µs  forged µs   good bytes  forged bytes   by JsonWebTokenHandler: good µs  forged µs");
        await MeasureAsync(tokens, "HS256", new SymmetricSecurityKey(Encoding.UTF8.GetBytes(Secret)));
        await MeasureAsync(tokens, "HS512", new SymmetricSecurityKey(Encoding.UTF8.GetBytes(Secret)));
        await MeasureAsync(tokens, "RS256", new RsaSecurityKey(rsa));
        await MeasureAsync(tokens, "ES256", new ECDsaSecurityKey(ecdsa));
        foreach (var (name, text) in new[] { ("no token", "garbage"), ("no JSON", "AAAAAAAA.AAAAAAAA.AAAAAAAA"), ("unknown kid", Unknown()) })
        {
            var (time, bytes) = await CostAsync(async () => (await tokens.ReadConnectionAsync(text, default)).Grant is null);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name,-12} {"",9}  {time,9:F1} {"",12}  {bytes,12:N0}"));
        }

        return 0;
    }

    private static async Task MeasureAsync(ClientTokens tokens, string alg, SecurityKey key)
    {
        var handler = new JsonWebTokenHandler();
        var claims = $$"""{"sub":"42","exp":{{DateTimeOffset.UtcNow.ToUnixTimeSeconds() + 3600}},"iat":{{DateTimeOffset.UtcNow.ToUnixTimeSeconds()}},"info":{"name":"Ann"},"channels":["news"]}""";
        var token = handler.CreateToken(claims, new SigningCredentials(key, alg));
        var dot = token.LastIndexOf('.') + 10;
        var forged = $"{token[..dot]}{(token[dot] == 'A' ? 'B' : 'A')}{token[(dot + 1)..]}";
        var rules = new TokenValidationParameters { IssuerSigningKey = key, ValidAlgorithms = [alg], ValidateIssuer = false, ValidateAudience = false };

        var good = await CostAsync(async () => (await tokens.ReadConnectionAsync(token, default)).Grant is not null);
        var bad = await CostAsync(async () => (await tokens.ReadConnectionAsync(forged, default)).Grant is null);
        var goodByHandler = await CostAsync(async () => (await handler.ValidateTokenAsync(token, rules)).IsValid);
        var badByHandler = await CostAsync(async () => !(await handler.ValidateTokenAsync(forged, rules)).IsValid);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{alg,-12} {good.Time,9:F1}  {bad.Time,9:F1} {good.Bytes,12:N0}  {bad.Bytes,12:N0} {"",26}{goodByHandler.Time,9:F1}  {badByHandler.Time,9:F1}"));
    }

    private static async Task<(double Time, long Bytes)> CostAsync(Func<ValueTask<bool>> read)
    {
        for (var i = 0; i < Warmup; i++)
            if (!await read())
                throw new InvalidOperationException("The reader was wrong.");
        var before = GC.GetAllocatedBytesForCurrentThread();
        var start = Stopwatch.GetTimestamp();
        for (var i = 0; i < Rounds; i++)
            await read();
        return (Stopwatch.GetElapsedTime(start).TotalMicroseconds / Rounds, (GC.GetAllocatedBytesForCurrentThread() - before) / Rounds);
    }

    private static string Unknown() => new JsonWebTokenHandler().CreateToken("{}", new SigningCredentials(new SymmetricSecurityKey(Encoding.UTF8.GetBytes(Secret)), "HS256")) is var token
        ? $"{Base64UrlEncoder.Encode("""{"alg":"RS256","kid":"made up"}""")}{token[token.IndexOf('.', StringComparison.Ordinal)..]}"
        : "";
}
