using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using PushGateway.Security;

namespace PushGateway.Diagnostics.Floods;

/// <summary>
/// The host's loggers, and for the gateway's categories such as collapse floods: of events of one kind, which is a category, a number and a level, so many a second are logged, and of the others
/// how many there were. Everybody else gets the host's own logger.
/// </summary>
internal sealed partial class CollapsingLoggerFactory : ILoggerFactory
{
    /// <summary>The category of what is said of floods.</summary>
    public const string Category = "PushGateway.Logs";

    private readonly ConcurrentDictionary<string, CollapsingLogger> _loggers = new(StringComparer.Ordinal);
    private readonly ILoggerFactory _host;
    private readonly CollapsedLogs[] _collapsed;
    private readonly FloodLimit _limit;
    private readonly FloodReports _reports;
    private readonly ILogger _log;

    public CollapsingLoggerFactory(ILoggerFactory host, IEnumerable<CollapsedLogs> collapsed, FloodLimit limit, TimeProvider time)
    {
        _host = host;
        _collapsed = [.. collapsed];
        _limit = limit;
        _reports = new FloodReports(time);
        _log = host.CreateLogger(Category);
    }

    /// <summary>Puts it in front of the logger factory that there is.</summary>
    public static void AddTo(IServiceCollection services)
    {
        if (services.Any(service => service.ServiceType == typeof(FloodLimit)))
            return;

        services.AddLogging();
        var host = services.Last(service => service.ServiceType == typeof(ILoggerFactory) && !service.IsKeyedService);
        services.Remove(host);
        services.Add(host switch
        {
            { ImplementationInstance: { } instance } => ServiceDescriptor.KeyedSingleton(typeof(ILoggerFactory), Category, instance),
            { ImplementationFactory: { } make } => ServiceDescriptor.KeyedSingleton(typeof(ILoggerFactory), Category, (provider, _) => make(provider)),
            _ => ServiceDescriptor.KeyedSingleton(typeof(ILoggerFactory), Category, host.ImplementationType!),
        });
        services.AddSingleton<FloodLimit>();
        services.AddSingleton(new CollapsedLogs(nameof(PushGateway), LogLevel.Information));
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<ILoggerFactory>(static provider => new CollapsingLoggerFactory(
            provider.GetRequiredKeyedService<ILoggerFactory>(Category),
            provider.GetServices<CollapsedLogs>(),
            provider.GetRequiredService<FloodLimit>(),
            provider.GetRequiredService<TimeProvider>()));
    }

    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName)
    {
        if (_loggers.TryGetValue(categoryName, out var known))
            return known;

        var logger = _host.CreateLogger(categoryName);
        return LowestOf(categoryName) is { } from ? _loggers.GetOrAdd(categoryName, new CollapsingLogger(logger, categoryName, from, this)) : logger;
    }

    /// <inheritdoc/>
    public void AddProvider(ILoggerProvider provider) => _host.AddProvider(provider);

    /// <summary>Reports what was left out; the host's factory is the container's to dispose of.</summary>
    public void Dispose() => _reports.Dispose();

    /// <summary>A gate for events of one kind.</summary>
    internal FloodGate NewGate(string category, int eventId) =>
        new(_limit, _reports, count => Log.LeftOut(_log, count, eventId, category, _limit.PerSecond));

    // The audit log tells refusals apart more finely, and collapses them itself; what was done with keys must not be missing in it.
    private LogLevel? LowestOf(string category)
    {
        if (category.StartsWith(Audit.Category, StringComparison.Ordinal) || category == Category)
            return null;

        foreach (var logs in _collapsed)
            if (logs.Include(category))
                return logs.From;
        return null;
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "{Count} more of event {EventId} of {Category} were left out: {PerSecond} of a kind are logged a second.")]
        public static partial void LeftOut(ILogger logger, long count, int eventId, string category, int perSecond);
    }
}
