using Microsoft.Extensions.Logging;

namespace PushGateway.Tests.Security;

/// <summary>Keeps what was logged: its category, the number of the event, and the text.</summary>
internal sealed class RecordingLog : ILoggerFactory
{
    public List<(string Category, int Event, string Text)> Lines { get; } = [];

    public ILogger CreateLogger(string categoryName) => new Log(this, categoryName);

    public void AddProvider(ILoggerProvider provider)
    {
    }

    public void Dispose()
    {
    }

    private void Add((string, int, string) line)
    {
        lock (Lines)
            Lines.Add(line);
    }

    private sealed class Log(RecordingLog owner, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        void ILogger.Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            owner.Add((category, eventId.Id, formatter(state, exception)));
    }
}
