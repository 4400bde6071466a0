using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;

namespace PushGateway.Api;

/// <summary>Writes what the API answers when all is well.</summary>
internal static class Answer
{
    public static Task WriteAsync<T>(HttpContext context, T answer, JsonTypeInfo<T> type)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(answer, type);
        context.Response.ContentType = "application/json; charset=utf-8";
        context.Response.ContentLength = json.Length;
        context.Response.Headers.CacheControl = "no-store";
        return context.Response.Body.WriteAsync(json, 0, json.Length, context.RequestAborted);
    }
}
