using Microsoft.AspNetCore.Http;
using PushGateway.Security;

namespace PushGateway.Api;

/// <summary>Tells publishers with a limit how they stand, by the headers of draft-ietf-httpapi-ratelimit-headers-10.</summary>
internal static class RateLimit
{
    public const string PolicyHeader = "RateLimit-Policy", StateHeader = "RateLimit";

    // There is room for one again within a second, since a limit is one or more a second.
    private const string RetryAfterSeconds = "1";

    /// <summary>Says what the limit is, what is left of it, and when to come again where it was reached.</summary>
    public static void Describe(HttpResponse response, PublishLimit limit, bool isReached = false)
    {
        response.Headers[PolicyHeader] = limit.Policy;
        response.Headers[StateHeader] = limit.Describe();
        if (isReached)
            response.Headers.RetryAfter = RetryAfterSeconds;
    }
}
