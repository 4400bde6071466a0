namespace PushGateway.Hosting;

/// <summary>What is logged, section <c>PushGateway:Logs</c>.</summary>
public sealed class LogOptions
{
    // Enough to see what it is; a flood of one kind then is less than a million lines a day.
    internal const int DefaultMaxEventsPerSecond = 10;

    /// <summary>
    /// How many events of one kind, which is a category, an event number and a level, the gateway logs a second. The rest is counted, and the count logged. 0 for all. Default: 10.
    /// </summary>
    public int MaxEventsPerSecond { get; set; } = DefaultMaxEventsPerSecond;
}
