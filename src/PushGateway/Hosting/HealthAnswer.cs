using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http;

namespace PushGateway.Hosting;

/// <summary>The answer to a question for the node's health; <c>docs/operations.md</c> describes it.</summary>
/// <param name="Status">One word.</param>
/// <param name="Reasons">What is not up to its work, and why; absent when all is.</param>
internal sealed record HealthAnswer(string Status, IReadOnlyDictionary<string, string>? Reasons = null)
{
    public Task WriteAsync(HttpContext context, bool healthy)
    {
        context.Response.StatusCode = healthy ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        context.Response.ContentType = "application/json";
        context.Response.Headers.XContentTypeOptions = "nosniff";
        context.Response.Headers.CacheControl = "no-store";
        return JsonSerializer.SerializeAsync(context.Response.Body, this, HealthJson.Default.HealthAnswer, context.RequestAborted);
    }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(HealthAnswer))]
internal sealed partial class HealthJson : JsonSerializerContext;
