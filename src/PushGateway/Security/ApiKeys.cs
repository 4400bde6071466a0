using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace PushGateway.Security;

/// <summary>Decides whether a request may use the API.</summary>
internal sealed class ApiKeys
{
    private const string Header = "X-API-Key";
    private const string Bearer = "Bearer ";

    // Longer keys are known too, but cost an allocation for each request.
    private const int UsualKeyBytes = 256;

    // Compared as digests: equally long whatever was sent, so that the comparison takes the same time.
    private readonly byte[][] _digests;

    public ApiKeys(IOptions<PushGatewayOptions> options, IHostEnvironment environment)
    {
        _digests = [.. options.Value.Security.ApiKeys.Select(key => SHA256.HashData(Encoding.UTF8.GetBytes(key)))];
        IsOpenToLoopback = _digests.Length == 0 && environment.IsDevelopment();
    }

    /// <summary>Whether no key is set and none is needed by callers on this machine.</summary>
    public bool IsOpenToLoopback { get; }

    /// <summary>Why a request is refused; null when it is not.</summary>
    public string? WhyRefused(HttpContext context)
    {
        if (IsOpenToLoopback)
            return IsLoopback(context.Connection.RemoteIpAddress)
                ? null
                : "No key is configured, so that the API answers this machine alone. Set PushGateway:Security:ApiKeys.";

        return SentKey(context.Request) switch
        {
            null => $"Send a key as {Header} or as Authorization: Bearer.",
            var key when IsKnown(key) => null,
            _ => "The key is not known.",
        };
    }

    // No address at all is a server in memory, as tests use it: the caller is this process.
    private static bool IsLoopback(IPAddress? address) => address is null || IPAddress.IsLoopback(address);

    private static string? SentKey(HttpRequest request)
    {
        if (request.Headers.TryGetValue(Header, out var key))
            return key;

        string? authorization = request.Headers[HeaderNames.Authorization];
        return authorization is not null && authorization.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase)
            ? authorization[Bearer.Length..].Trim()
            : null;
    }

    private bool IsKnown(string key)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes], bytes = stackalloc byte[UsualKeyBytes];
        SHA256.HashData(Encoding.UTF8.TryGetBytes(key, bytes, out var length) ? bytes[..length] : Encoding.UTF8.GetBytes(key), digest);
        var known = false;
        foreach (var candidate in _digests)
            known |= CryptographicOperations.FixedTimeEquals(candidate, digest);
        return known;
    }
}
