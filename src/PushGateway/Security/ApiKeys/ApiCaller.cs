using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace PushGateway.Security;

/// <summary>Who sends a request to the API. A feature of the request, once its key is found to be known.</summary>
/// <param name="id">The id of the key.</param>
/// <param name="scopes">What it may be used for.</param>
/// <param name="namespaces">Where; null for everywhere.</param>
/// <param name="limit">How much it may publish; null for any number.</param>
internal sealed class ApiCaller(string id, ApiScopes scopes, KeyNamespaces? namespaces = null, PublishLimit? limit = null)
{
    /// <summary>A caller on this machine, in Development where no key is set. No id of a key has parentheses.</summary>
    public static readonly ApiCaller Loopback = new("(loopback)", ApiScopes.All);

    /// <summary>Safe for logs: letters, digits and punctuation, at most 64 characters.</summary>
    public string Id { get; } = id;

    public ApiScopes Scopes { get; } = scopes;

    public PublishLimit? Limit { get; } = limit;

    /// <summary>The one whose request this is.</summary>
    public static ApiCaller Of(HttpContext context) => context.Features.GetRequiredFeature<ApiCaller>();

    public bool Has(ApiScopes scope) => (Scopes & scope) == scope;

    /// <summary>Whether it may make requests that touch this. Channels are looked at one by one.</summary>
    public bool Reaches(ApiReach reach) => namespaces is null || reach == ApiReach.Channels || (reach == ApiReach.Users && namespaces.HaveUsers);

    /// <summary>Whether it may touch a channel, whose name is well-formed.</summary>
    public bool Reaches(string channel) => namespaces is null || namespaces.Contain(channel);

    /// <summary>The first of some channels that it may not touch; null when it may touch all.</summary>
    public string? FirstBeyond(IReadOnlyList<string> channels)
    {
        if (namespaces is not null)
            for (var i = 0; i < channels.Count; i++)
                if (!namespaces.Contain(channels[i]))
                    return channels[i];
        return null;
    }
}
