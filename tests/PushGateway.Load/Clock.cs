using System.Diagnostics;

namespace PushGateway.Load;

/// <summary>The machine's monotonic clock.</summary>
internal static class Clock
{
    private static readonly long NanosecondsPerTick = 1_000_000_000 / Stopwatch.Frequency;

    /// <summary>Nanoseconds since some moment, the same for all processes.</summary>
    public static long Now => Stopwatch.GetTimestamp() * NanosecondsPerTick;

    public static long Nanoseconds(TimeSpan time) => (long)time.TotalNanoseconds;
}
