using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http;
using PushGateway.Security;

namespace PushGateway.Api;

/// <summary>An error as RFC 9457 describes it. Its types, <see cref="ProblemType"/>, are listed in <c>docs/api.md</c>; they are names and not addresses.</summary>
internal sealed record Problem(string Type, string Title, int Status, string? Detail = null)
{
    public const string TypePrefix = "urn:pushgateway:problem:";
    private const string ContentType = "application/problem+json";

    /// <summary>What is wrong with which field of the request.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, string[]>? Errors { get; init; }

    public static Problem Make(int status, string type, string title, string? detail = null) => new(TypePrefix + type, title, status, detail);

    /// <summary>A request with a field that is wrong.</summary>
    public static Problem Invalid(string field, string why, bool tooLarge = false)
    {
        var problem = tooLarge
            ? Make(StatusCodes.Status413PayloadTooLarge, ProblemType.TooLarge, "The request is too large.", $"{field} {why}.")
            : Make(StatusCodes.Status400BadRequest, ProblemType.InvalidRequest, "The request is not valid.", field.Length > 0 ? $"{field} {why}." : why);
        return field.Length > 0 ? problem with { Errors = new Dictionary<string, string[]> { [field] = [why] } } : problem;
    }

    /// <summary>The broker cannot be reached, or did not answer in time: then nobody knows whether it took the publication.</summary>
    public static Problem BrokerUnavailable() =>
        Make(StatusCodes.Status503ServiceUnavailable, ProblemType.BrokerUnavailable, "The broker cannot be reached.", "Try again later. What was on its way may have been done or not.");

    /// <summary>No key, or an unknown one.</summary>
    public static Problem Unauthorized(string why) => Make(StatusCodes.Status401Unauthorized, ProblemType.Unauthorized, "A key is needed.", why);

    /// <summary>The caller is known, and may not do this.</summary>
    public static Problem Forbidden(string why) => Make(StatusCodes.Status403Forbidden, ProblemType.Forbidden, "This is not allowed.", why);

    /// <summary>The key publishes more than it may.</summary>
    public static Problem TooManyRequests(PublishLimit limit) => Make(
        StatusCodes.Status429TooManyRequests, ProblemType.TooManyRequests, "There are too many notifications.", $"The key may publish {limit.PerSecond} a second on each node. Nothing was published; try again in a second.");

    /// <summary>The idempotency key came before with another notification.</summary>
    public static Problem IdempotencyConflict() => Make(
        StatusCodes.Status422UnprocessableEntity, ProblemType.IdempotencyConflict, "The idempotency key was used for another notification.",
        "Send the same notification to try again, or another key with another one.");

    /// <summary>The HTTP request could not be read, or is larger than the server of a host allows, which may be less than the API does.</summary>
    public static Problem Broken(BadHttpRequestException broken) => broken.StatusCode == StatusCodes.Status413PayloadTooLarge
        ? Invalid("body", "is larger than the server allows", tooLarge: true)
        : Make(broken.StatusCode, ProblemType.BrokenRequest, "The request could not be read.", broken.Message);

    /// <summary>A defect.</summary>
    public static Problem InternalError() => Make(StatusCodes.Status500InternalServerError, ProblemType.InternalError, "The server failed.", "The cause is in its log.");

    /// <summary>The settings do not keep who is in a channel, or who is online.</summary>
    /// <param name="whatToSet">As a sentence.</param>
    public static Problem PresenceNotKept(string whatToSet) => Make(StatusCodes.Status409Conflict, ProblemType.PresenceNotKept, "No presence is kept here.", whatToSet);

    /// <summary>As many revocations are kept as may be.</summary>
    /// <param name="howMany">As a sentence.</param>
    public static Problem TooManyRevocations(string howMany) => Make(
        StatusCodes.Status507InsufficientStorage, ProblemType.TooManyRevocations, "No more revocations can be kept.", $"{howMany} Nothing was revoked.");

    public static Task WriteAsync(HttpContext context, int status, string type, string title, string? detail = null) =>
        Make(status, type, title, detail).WriteAsync(context);

    public async Task WriteAsync(HttpContext context)
    {
        context.Response.StatusCode = Status;
        context.Response.ContentType = ContentType;
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers.XContentTypeOptions = "nosniff";
        await JsonSerializer.SerializeAsync(context.Response.Body, this, ApiJson.Default.Problem, context.RequestAborted);
    }
}
