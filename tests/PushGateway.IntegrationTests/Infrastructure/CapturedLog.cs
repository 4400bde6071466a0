using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace PushGateway.IntegrationTests.Infrastructure;

/// <summary>Keeps what a node logs: the category, the number of the event, the text, and exceptions in full.</summary>
internal sealed class CapturedLog : ILoggerProvider
{
    public ConcurrentQueue<(string Category, int Event, string Text)> Lines { get; } = [];

    /// <summary>Adds itself to a node, and has it log everything that there is, or just what it would log anyway.</summary>
    public void AddTo(IServiceCollection services, bool everything = false)
    {
        services.AddSingleton<ILoggerProvider>(this);
        if (everything)
            services.PostConfigure<LoggerFilterOptions>(options =>
            {
                options.Rules.Clear();
                options.MinLevel = LogLevel.Trace;
            });
    }

    /// <summary>The numbers of the events of a category.</summary>
    public IEnumerable<int> EventsOf(string category) => Lines.Where(line => line.Category == category).Select(line => line.Event);

    public ILogger CreateLogger(string categoryName) => new Log(this, categoryName);

    public void Dispose()
    {
    }

    private sealed class Log(CapturedLog owner, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        // What stands in the state beside the text goes to structured logs.
        void ILogger.Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            var values = state is IEnumerable<KeyValuePair<string, object?>> pairs ? string.Join(' ', pairs.Select(pair => $"{pair.Key}={pair.Value}")) : "";
            owner.Lines.Enqueue((category, eventId.Id, $"{formatter(state, exception)} {values} {exception}"));
        }
    }
}
