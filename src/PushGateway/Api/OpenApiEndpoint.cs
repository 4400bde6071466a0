using Microsoft.AspNetCore.Http;

namespace PushGateway.Api;

/// <summary>Serves the description of the API, which is written by hand and held to the truth by tests.</summary>
internal static class OpenApiEndpoint
{
    private static readonly byte[] Document = Load();

    public static Task ServeAsync(HttpContext context)
    {
        context.Response.ContentType = "application/json; charset=utf-8";
        context.Response.ContentLength = Document.Length;
        context.Response.Headers.XContentTypeOptions = "nosniff";
        return context.Response.Body.WriteAsync(Document, 0, Document.Length, context.RequestAborted);
    }

    private static byte[] Load()
    {
        using var resource = typeof(OpenApiEndpoint).Assembly.GetManifestResourceStream("openapi.json")!;
        var document = new byte[resource.Length];
        resource.ReadExactly(document);
        return document;
    }
}
