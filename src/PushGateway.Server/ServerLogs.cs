using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;
using PushGateway.Diagnostics.Floods;

namespace PushGateway.Server;

/// <summary>How the server logs: in Development for people, elsewhere for programs.</summary>
internal static class ServerLogs
{
    // ISO 8601 to the millisecond; the JSON formatter writes no time unless it is told how.
    private const string Timestamp = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    /// <summary>Has the server log JSON outside of Development, one object a line, unless the section <c>Logging:Console</c> says otherwise; floods of its framework collapse like its own.</summary>
    public static void AddServerLogs(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton(new CollapsedLogs("Microsoft.AspNetCore", LogLevel.Warning));
        if (builder.Environment.IsDevelopment())
            return;

        // In front of what the host has added, so that settings come behind it and count.
        Prepend<ConsoleLoggerOptions>(builder.Services, static console => console.FormatterName = ConsoleFormatterNames.Json);
        Prepend<JsonConsoleFormatterOptions>(builder.Services, static json =>
        {
            json.TimestampFormat = Timestamp;
            json.UseUtcTimestamp = true;
            json.IncludeScopes = true;
        });
    }

    private static void Prepend<T>(IServiceCollection services, Action<T> configure)
        where T : class =>
        services.Insert(0, ServiceDescriptor.Singleton<IConfigureOptions<T>>(new ConfigureOptions<T>(configure)));
}
