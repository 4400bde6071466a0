using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace PushGateway.Diagnostics.Floods;

/// <summary>A logger of the host behind gates, one for each kind of event.</summary>
internal sealed class CollapsingLogger(ILogger host, string category, LogLevel from, CollapsingLoggerFactory factory) : ILogger
{
    // Far more than any category has; those beyond, of somebody who makes numbers up, share a gate.
    private const int MaxKinds = 256;

    private readonly ConcurrentDictionary<(int Event, LogLevel Level), FloodGate> _gates = new();

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => host.BeginScope(state);

    public bool IsEnabled(LogLevel logLevel) => host.IsEnabled(logLevel);

    void ILogger.Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        // What is not logged anyway does not count.
        if (logLevel < from || (host.IsEnabled(logLevel) && GateOf(eventId.Id, logLevel).TryPass()))
            host.Log(logLevel, eventId, state, exception, formatter);
    }

    private FloodGate GateOf(int id, LogLevel level)
    {
        if (_gates.TryGetValue((id, level), out var gate))
            return gate;

        var kind = _gates.Count < MaxKinds ? (id, level) : (0, LogLevel.None);
        return _gates.GetOrAdd(kind, static (key, logger) => logger.NewGate(key.Event), this);
    }

    private FloodGate NewGate(int eventId) => factory.NewGate(category, eventId);
}
