using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace PushGateway.Security;

/// <summary>Decides whether a request may use the API. Its keys may be replaced while requests are under way: those that were let in go on.</summary>
internal sealed class ApiKeys(IOptions<PushGatewayOptions> options, IHostEnvironment environment, TimeProvider time)
{
    private const string Header = "X-API-Key";
    private const string Bearer = "Bearer ";

    private readonly bool _isDevelopment = environment.IsDevelopment();
    private readonly IList<string> _allowedOrigins = options.Value.Api.AllowedOrigins;
    private volatile ApiKeySet _keys = new(options.Value.Security, time);

    /// <summary>The keys in force.</summary>
    public ApiKeySet Current => _keys;

    /// <summary>Puts the keys of other settings, which were found valid, into force. To be called by one caller at a time.</summary>
    /// <returns>The keys that were in force before.</returns>
    public ApiKeySet Replace(SecurityOptions security)
    {
        var before = _keys;
        _keys = new ApiKeySet(security, time, before);
        return before;
    }

    /// <summary>Finds who sends a request.</summary>
    /// <param name="context">The request.</param>
    /// <param name="caller">Who; null when it is refused.</param>
    /// <param name="refusal">Why it is refused; null when it is not.</param>
    public bool TryFind(HttpContext context, [NotNullWhen(true)] out ApiCaller? caller, [NotNullWhen(false)] out ApiRefusal? refusal)
    {
        (caller, refusal) = (null, null);
        var keys = _keys;
        if (keys.IsEmpty && _isDevelopment)
        {
            refusal = LoopbackCallers.WhyRefused(context, _allowedOrigins);
            caller = refusal is null ? ApiCaller.Loopback : null;
        }
        else if (SentKey(context.Request) is not { } sent)
            refusal = ApiRefusal.NoKey;
        else if (!keys.TryFind(sent, out caller))
            refusal = ApiRefusal.UnknownKey(IdIn(sent, keys));

        return caller is not null;
    }

    private static string? SentKey(HttpRequest request)
    {
        if (request.Headers.TryGetValue(Header, out var key))
            return key;

        string? authorization = request.Headers[HeaderNames.Authorization];
        return authorization is not null && authorization.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase)
            ? authorization[Bearer.Length..].Trim()
            : null;
    }

    // Of what has not the form of a key nobody knows which part is secret.
    private static string? IdIn(string sent, ApiKeySet keys)
    {
        var id = KeyText.IdOf(sent);
        return !id.IsEmpty && (keys.Has(id) || KeyText.IsKey(sent)) ? id.ToString() : null;
    }
}
