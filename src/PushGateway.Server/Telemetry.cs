using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using PushGateway.Hosting;

namespace PushGateway.Server;

/// <summary>Shows what the gateway measures: to Prometheus at <c>/metrics</c>, and by OTLP where an endpoint for that is set. What it measures is in <c>docs/operations.md</c>.</summary>
internal static class Telemetry
{
    // Of the gateway, and of what it stands on: requests to the API and to callbacks, sockets that Kestrel serves, and the process.
    private static readonly string[] Meters =
        ["PushGateway", "PushGateway.Redis", "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Net.Http", "System.Runtime"];

    // Probes and scrapes say nothing, and a client's request for a WebSocket lasts for hours.
    private const string TracedRequests = "/v1";

    /// <summary>Adds it where it is wanted: nothing is measured for nobody.</summary>
    public static void AddTelemetry(this WebApplicationBuilder builder)
    {
        var settings = builder.Configuration;
        var showsMetrics = ShowsMetrics(settings, builder.Environment);
        var (sendsMetrics, sendsTraces) = (HasEndpoint(settings, "METRICS"), HasEndpoint(settings, "TRACES"));
        if (!showsMetrics && !sendsMetrics && !sendsTraces)
            return;

        var telemetry = builder.Services.AddOpenTelemetry().ConfigureResource(resource => resource.AddService(settings["OTEL_SERVICE_NAME"] ?? "pushgateway"));
        if (showsMetrics || sendsMetrics)
            telemetry.WithMetrics(metrics =>
            {
                metrics.AddMeter(Meters);
                if (showsMetrics)
                    metrics.AddPrometheusExporter(prometheus => (prometheus.ScopeInfoEnabled, prometheus.TargetInfoEnabled) = (false, false));
                if (sendsMetrics)
                    metrics.AddOtlpExporter(exporter => Apply(settings, "METRICS", exporter));
            });
        if (sendsTraces)
            telemetry.WithTracing(traces => traces
                .AddSource("PushGateway")
                .AddAspNetCoreInstrumentation(requests => requests.Filter = static context => context.Request.Path.StartsWithSegments(TracedRequests))
                .AddOtlpExporter(exporter => Apply(settings, "TRACES", exporter)));
    }

    /// <summary>Maps <c>/metrics</c>, where it is to be served.</summary>
    public static void MapMetrics(this WebApplication app)
    {
        if (ShowsMetrics(app.Configuration, app.Environment))
            app.Services.GetRequiredService<ManagementPort>().Keep(app.MapPrometheusScrapingEndpoint()).AllowAnonymous();
    }

    private static bool ShowsMetrics(IConfiguration settings, IHostEnvironment environment) =>
        settings.GetValue<bool?>("PushGateway:Metrics:Enabled") ?? (settings["PushGateway:Management:Port"] is { Length: > 0 } || environment.IsDevelopment());

    // By itself the exporter reads the settings that are for all kinds. Those for one kind go before them.
    private static void Apply(ConfigurationManager settings, string kind, OtlpExporterOptions exporter)
    {
        if (Uri.TryCreate(settings[$"OTEL_EXPORTER_OTLP_{kind}_ENDPOINT"], UriKind.Absolute, out var endpoint))
            exporter.Endpoint = endpoint;
        if (settings[$"OTEL_EXPORTER_OTLP_{kind}_PROTOCOL"] is { Length: > 0 } protocol)
            exporter.Protocol = protocol == "http/protobuf" ? OtlpExportProtocol.HttpProtobuf : OtlpExportProtocol.Grpc;
        if (settings[$"OTEL_EXPORTER_OTLP_{kind}_HEADERS"] is { Length: > 0 } headers)
            exporter.Headers = headers;
    }

    // As the exporter reads it: one address for all, or one for each kind.
    private static bool HasEndpoint(ConfigurationManager settings, string kind) =>
        settings["OTEL_EXPORTER_OTLP_ENDPOINT"] is { Length: > 0 } || settings[$"OTEL_EXPORTER_OTLP_{kind}_ENDPOINT"] is { Length: > 0 };
}
