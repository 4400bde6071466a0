using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;
using PushGateway.Api;
using PushGateway.Channels;
using PushGateway.Connections;
using PushGateway.Presence;
using PushGateway.Security;
using PushGateway.Security.Callbacks;
using PushGateway.Transports.WebSockets;

namespace PushGateway.Hosting;

/// <summary>Finds names in the section <c>PushGateway</c> that are no settings: a misspelled one would leave a default in force, and that may be a door left open.</summary>
internal sealed class UnknownSettings(IConfiguration? configuration = null) : IValidateOptions<PushGatewayOptions>
{
    // Those of others: what is in them, they check.
    private static readonly string[] Others = ["Redis", "SettingsFile"];

    // Into values that nobody keeps: only the complaint counts. Each by its own type, so that the binding is generated at compile time.
    private static readonly Dictionary<string, Action<IConfiguration>> Known = new(StringComparer.OrdinalIgnoreCase)
    {
        [nameof(PushGatewayOptions.Address)] = static _ => { },
        [nameof(PushGatewayOptions.MaxChannelNameBytes)] = static _ => { },
        [nameof(PushGatewayOptions.Echo)] = static section => section.Bind(new EchoOptions(), Strictly),
        [nameof(PushGatewayOptions.Channels)] = static section => section.Bind(new ChannelOptions(), Strictly),
        [nameof(PushGatewayOptions.Namespaces)] = static section => section.Bind(new Dictionary<string, ChannelOptions>(), Strictly),
        [nameof(PushGatewayOptions.UserChannels)] = static section => section.Bind(new ChannelOptions(), Strictly),
        [nameof(PushGatewayOptions.UserPresence)] = static section => section.Bind(new UserPresenceOptions(), Strictly),
        [nameof(PushGatewayOptions.Connections)] = static section => section.Bind(new ConnectionOptions(), Strictly),
        [nameof(PushGatewayOptions.Health)] = static section => section.Bind(new HealthOptions(), Strictly),
        [nameof(PushGatewayOptions.Management)] = static section => section.Bind(new ManagementOptions(), Strictly),
        [nameof(PushGatewayOptions.Metrics)] = static section => section.Bind(new MetricsOptions(), Strictly),
        [nameof(PushGatewayOptions.Logs)] = static section => section.Bind(new LogOptions(), Strictly),
        [nameof(PushGatewayOptions.Shutdown)] = static section => section.Bind(new ShutdownOptions(), Strictly),
        [nameof(PushGatewayOptions.Api)] = static section => section.Bind(new ApiOptions(), Strictly),
        [nameof(PushGatewayOptions.Security)] = static section => section.Bind(new SecurityOptions(), Strictly),
        [nameof(PushGatewayOptions.Callbacks)] = static section => section.Bind(new CallbackOptions(), Strictly),
    };

    /// <summary>The names directly in the section.</summary>
    internal static IEnumerable<string> Names => Known.Keys;

    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, PushGatewayOptions options)
    {
        List<string> wrong = [];
        foreach (var section in configuration?.GetSection(PushGatewayOptions.Section).GetChildren() ?? [])
        {
            if (Others.Contains(section.Key, StringComparer.OrdinalIgnoreCase))
                continue;

            if (!Known.TryGetValue(section.Key, out var bind))
                wrong.Add($"{section.Path} is no setting. {WhereTheyAre}");
            else if (WhatIsUnknown(section, bind) is { } complaint)
                wrong.Add(complaint);
        }

        return wrong.Count > 0 ? ValidateOptionsResult.Fail(wrong) : ValidateOptionsResult.Success;
    }

    private const string WhereTheyAre = "All settings are in docs/configuration.md; one that is misspelled would have no effect.";

    private static void Strictly(BinderOptions options) => options.ErrorOnUnknownConfiguration = true;

    private static string? WhatIsUnknown(IConfigurationSection section, Action<IConfiguration> bind)
    {
        try
        {
            bind(section);
            return null;
        }
        // The message ends with the names, in quotes. A value of the wrong type has an exception within, and was told when the settings themselves were read.
        catch (InvalidOperationException unknown) when (unknown.InnerException is null)
        {
            var names = unknown.Message[(unknown.Message.LastIndexOf(": ", StringComparison.Ordinal) + 2)..];
            return $"{section.Path} has {names}, which is no setting there. {WhereTheyAre}";
        }
    }
}
