using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Options;

namespace PushGateway.Server;

/// <summary>How the server listens.</summary>
internal static class Listening
{
    private const string Endpoints = "Kestrel:Endpoints";

    /// <summary>Has the server listen on the management port, in addition to where it is told to listen.</summary>
    public static void AddManagement(WebApplicationBuilder builder)
    {
        var settings = builder.Configuration;
        if (settings.GetValue<int?>("PushGateway:Management:Port") is not { } port)
            return;

        // Where endpoints are configured one by one, other addresses do not count.
        var url = $"http://*:{port}";
        if (settings.GetSection(Endpoints).GetChildren().Any())
            settings.AddInMemoryCollection([new($"{Endpoints}:PushGatewayManagement:Url", url)]);
        else
            // The ports that were made addresses of: the host would warn that they do not count.
            builder.WebHost.UseUrls([.. Addresses(settings), url]).UseSetting(WebHostDefaults.HttpPortsKey, "").UseSetting(WebHostDefaults.HttpsPortsKey, "");
    }

    /// <summary>Where the server is told to listen, as the host reads it: where nothing is said, the default that it would take. The management port is not among them.</summary>
    public static string[] Addresses(IConfiguration settings)
    {
        string?[] endpoints = [.. settings.GetSection(Endpoints).GetChildren().Select(endpoint => endpoint["Url"])];
        if (endpoints.Length > 0)
            return [.. endpoints.OfType<string>()];

        if (settings[WebHostDefaults.ServerUrlsKey] is { Length: > 0 } urls)
            return urls.Split(';', StringSplitOptions.RemoveEmptyEntries);

        string[] ports = [.. Ports("http", settings[WebHostDefaults.HttpPortsKey]), .. Ports("https", settings[WebHostDefaults.HttpsPortsKey])];
        return ports.Length > 0 ? ports : ["http://localhost:5000"];
    }

    private static IEnumerable<string> Ports(string scheme, string? ports) =>
        (ports ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(port => $"{scheme}://*:{port}");

    // A request is handled on the thread that its bytes came to, and answered from it. Nothing here blocks a thread, so nothing is gained by handing it on.
    public static void Configure(SocketTransportOptions sockets) => sockets.UnsafePreferInlineScheduling = true;

    public static void Configure(KestrelServerOptions kestrel, IOptions<PushGatewayOptions> gateway)
    {
        var connections = gateway.Value.Connections;
        kestrel.Limits.RequestHeadersTimeout = connections.HandshakeTimeout;
        kestrel.Limits.MaxRequestHeadersTotalSize = connections.MaxHeaderBytes;
        kestrel.Limits.MaxRequestLineSize = Math.Min(kestrel.Limits.MaxRequestLineSize, connections.MaxHeaderBytes);
        kestrel.AddServerHeader = false;
        // The API reads bodies up to its own limit and answers a larger one with a problem; Kestrel's limit only has to be out of its way.
        kestrel.Limits.MaxRequestBodySize = null;
    }
}
