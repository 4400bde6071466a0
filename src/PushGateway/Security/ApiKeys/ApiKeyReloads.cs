using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

namespace PushGateway.Security;

/// <summary>
/// Puts the keys of changed settings into force at once, without a restart. All settings are made and checked as at the start: when one of them is wrong, the keys stay as they were, as the node
/// would not start with what is there.
/// </summary>
internal sealed partial class ApiKeyReloads(
    ApiKeys keys,
    IOptionsFactory<PushGatewayOptions> options,
    IEnumerable<IOptionsChangeTokenSource<PushGatewayOptions>> sources,
    IHostEnvironment environment,
    Audit audit,
    ILogger<ApiKeyReloads> logger) : IHostedService, IDisposable
{
    private readonly Lock _gate = new();
    private readonly List<IDisposable> _watches = [];

    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (keys.Current.HasClearKeys && environment.IsProduction())
            Log.ClearKeys(logger);

        foreach (var source in sources)
            _watches.Add(ChangeToken.OnChange(source.GetChangeToken, Reload));
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose()
    {
        foreach (var watch in _watches)
            watch.Dispose();
    }

    // Whoever changes the configuration calls this, and must not be made to fail by what it says.
    private void Reload()
    {
        lock (_gate)
        {
            try
            {
                var before = keys.Replace(options.Create(Options.DefaultName).Security);
                string[] changed = [.. keys.Current.IdsBeyond(before)], removed = [.. before.IdsBeyond(keys.Current)];
                if (changed.Length > 0 || removed.Length > 0)
                    audit.KeysReloaded(changed, removed);
            }
            catch (OptionsValidationException invalid)
            {
                audit.KeysNotReloaded(string.Join(' ', invalid.Failures));
            }
#pragma warning disable CA1031 // A value of the wrong type, or a host's own code that changes settings: either way the keys stay.
            catch (Exception failure)
#pragma warning restore CA1031
            {
                audit.KeysNotReloaded($"{failure.GetType().Name}{SettingIn(failure.Message)}");
            }
        }
    }

    // How the configuration binder reports a value of the wrong type: it shows the value too, which may be a secret at the wrong place.
    private static string SettingIn(string message)
    {
        var start = message.LastIndexOf($"'{PushGatewayOptions.Section}:", StringComparison.Ordinal);
        var end = start < 0 ? -1 : message.IndexOf('\'', start + 1);
        return end < 0 ? "" : $": the value of {message[(start + 1)..end]} is of the wrong type";
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "PushGateway:Security:ApiKeys holds keys in clear, which open the whole API. Make keys by the command \"keys new\" and set their hashes in PushGateway:Security:Keys; once back ends use them, remove those in clear.")]
        public static partial void ClearKeys(ILogger logger);
    }
}
