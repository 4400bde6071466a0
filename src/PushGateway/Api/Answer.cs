using System.IO.Pipelines;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;
using PushGateway.Notifications;
using PushGateway.Protocol.Json;

namespace PushGateway.Api;

/// <summary>Writes what the API answers when all is well.</summary>
internal static class Answer
{
    public static Task WriteAsync<T>(HttpContext context, T answer, JsonTypeInfo<T> type)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(answer, type);
        Describe(context.Response, json.Length);
        return context.Response.Body.WriteAsync(json, 0, json.Length, context.RequestAborted);
    }

    /// <summary>Writes what became of a notification, straight into the server's memory.</summary>
    public static ValueTask<FlushResult> WriteAsync(HttpResponse response, IReadOnlyList<NotificationResult> results)
    {
        var output = response.BodyWriter;
        var json = JsonOutput.Open(output);
        json.WriteStartObject();
        PublishAnswer.WriteResults(json, results);
        json.WriteEndObject();
        json.Flush();
        Describe(response, json.BytesCommitted);
        return output.FlushAsync();
    }

    private static void Describe(HttpResponse response, long length)
    {
        response.ContentType = "application/json; charset=utf-8";
        response.ContentLength = length;
        response.Headers.CacheControl = "no-store";
        response.Headers.XContentTypeOptions = "nosniff";
    }
}
