using Microsoft.Extensions.Logging;

namespace PushGateway.Security.Callbacks;

/// <summary>Tells the operator what went wrong with one kind of question: a line a second at most, whatever clients do.</summary>
internal sealed partial class CallbackLog(string kind, ILogger logger, TimeProvider time)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private long? _saidAt;
    private long _count;

    /// <summary>A question got no answer.</summary>
    /// <param name="id">The id of its request; null when none was made.</param>
    /// <param name="why">What was wrong, as a sentence without its end.</param>
    public void Failed(string? id, string why)
    {
        long count;
        lock (_gate)
        {
            _count++;
            if (_saidAt is { } said && time.GetElapsedTime(said) < Interval)
                return;

            _saidAt = time.GetTimestamp();
            (count, _count) = (_count, 0);
        }

        Log.Failed(logger, kind, why, id ?? "none", count);
    }

    /// <summary>Most have failed: the back end is left alone.</summary>
    public void Opened(TimeSpan duration) => Log.Opened(logger, kind, duration);

    /// <summary>The back end has answered again.</summary>
    public void Closed() => Log.Closed(logger, kind);

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "The back end gave no answer for {Kind}: {Why} (webhook-id {Id}). Failures since this was last said: {Count}.")]
        public static partial void Failed(ILogger logger, string kind, string why, string id, long count);

        [LoggerMessage(2, LogLevel.Error, "The back end fails to answer for {Kind} and is not asked for {Duration}: clients get errors.")]
        public static partial void Opened(ILogger logger, string kind, TimeSpan duration);

        [LoggerMessage(3, LogLevel.Information, "The back end answers for {Kind} again.")]
        public static partial void Closed(ILogger logger, string kind);
    }
}
