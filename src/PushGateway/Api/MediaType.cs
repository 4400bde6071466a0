using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace PushGateway.Api;

/// <summary>What the body of a request is announced as.</summary>
internal static class MediaType
{
    public const string Json = "application/json";

    /// <summary>Refuses a request whose body is not announced as one of some types, in UTF-8.</summary>
    /// <param name="request">The request.</param>
    /// <param name="types">The types that are taken.</param>
    /// <exception cref="InvalidRequestException">It is announced as something else, or not at all.</exception>
    public static void Check(HttpRequest request, params ReadOnlySpan<string> types)
    {
        if (!IsOneOf(request.ContentType, types))
            throw new InvalidRequestException(Problem.Make(
                StatusCodes.Status415UnsupportedMediaType, ProblemType.UnsupportedMediaType, "The request must be JSON.", $"Send it with Content-Type: {string.Join(" or ", types)}, in UTF-8."));
    }

    private static bool IsOneOf(string? contentType, ReadOnlySpan<string> types)
    {
        foreach (var type in types)
            if (string.Equals(contentType, type, StringComparison.Ordinal))
                return true; // As most clients send it: there is nothing to parse.

        if (!MediaTypeHeaderValue.TryParse(contentType, out var parsed)
            || (parsed.Charset.HasValue && !HeaderUtilities.RemoveQuotes(parsed.Charset).Equals("utf-8", StringComparison.OrdinalIgnoreCase)))
            return false;

        foreach (var type in types)
            if (parsed.MediaType.Equals(type, StringComparison.OrdinalIgnoreCase))
                return true;
        return false;
    }
}
