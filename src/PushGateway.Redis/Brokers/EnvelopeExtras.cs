using System.Diagnostics;
using PushGateway.Channels;

namespace PushGateway.Redis.Brokers;

/// <summary>
/// What an envelope tells beside the publication itself: fields one behind the other, each a kind, 1 byte, a length, a number, and so many bytes. Numbers are little-endian.
/// <code>
/// 1  taken at   8 bytes   µs since 1970, by the clock of the Redis that has the leases of nodes
/// 2  trace      25 bytes  ids of trace and span, 16 and 8 bytes, and flags; only of a span that is recorded
/// </code>
/// A kind that the reader does not know is passed over, and so is one it knows of a length or with a content it does not know: later versions may add fields, and no message is lost for one.
/// </summary>
internal static class EnvelopeExtras
{
    private const byte TakenAtKind = 1;
    private const byte TraceKind = 2;
    private const int TraceIdBytes = 16;
    private const int SpanIdBytes = 8;
    private const int TraceBytes = TraceIdBytes + SpanIdBytes + 1;

    // Kind and length.
    private const int FieldHeaderBytes = 2;

    // As far from the last moment that a date can hold as two clocks will hardly be from each other: what is read can be reckoned with.
    private static readonly long MaxTakenAt = Microseconds(new DateTimeOffset(5000, 1, 1, 0, 0, 0, TimeSpan.Zero));

    /// <summary>Bytes of the fields; 0 where there are none.</summary>
    public static int GetLength(Publication publication) =>
        (publication.TakenAt is null ? 0 : FieldHeaderBytes + sizeof(ulong)) + (HasTrace(publication) ? FieldHeaderBytes + TraceBytes : 0);

    /// <summary>Writes the fields.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="publication">What they tell of.</param>
    /// <param name="ahead">How far this node's clock is ahead of Redis'.</param>
    public static void Write(ref EnvelopeWriter writer, Publication publication, TimeSpan ahead)
    {
        if (publication.TakenAt is { } takenAt)
        {
            writer.Byte(TakenAtKind);
            writer.Number(sizeof(ulong));
            writer.Fixed((ulong)Math.Clamp(Microseconds(takenAt) - (ahead.Ticks / TimeSpan.TicksPerMicrosecond), 0, MaxTakenAt));
        }

        if (HasTrace(publication))
        {
            writer.Byte(TraceKind);
            writer.Number(TraceBytes);
            publication.Trace.TraceId.CopyTo(writer.Next(TraceIdBytes));
            publication.Trace.SpanId.CopyTo(writer.Next(SpanIdBytes));
            writer.Byte((byte)publication.Trace.TraceFlags);
        }
    }

    /// <summary>Reads fields; false where they are not one behind the other up to the end. Never throws.</summary>
    /// <param name="reader">The fields.</param>
    /// <param name="ahead">How far this node's clock is ahead of Redis'.</param>
    /// <param name="takenAt">By this node's clock; null where it is not told.</param>
    /// <param name="trace">The default where it is not told.</param>
    public static bool TryRead(EnvelopeReader reader, TimeSpan ahead, out DateTimeOffset? takenAt, out ActivityContext trace)
    {
        takenAt = null;
        trace = default;
        while (reader.Left > 0)
        {
            if (!reader.TryReadByte(out var kind) || !reader.TryReadBlock(out var field))
                return false;
            if (kind == TakenAtKind && field.Left == sizeof(ulong) && field.TryReadFixed(out var microseconds) && microseconds <= (ulong)MaxTakenAt)
                takenAt = DateTimeOffset.UnixEpoch.AddTicks((long)microseconds * TimeSpan.TicksPerMicrosecond) + ahead;
            else if (kind == TraceKind && field.Left == TraceBytes)
                trace = ReadTrace(field.Rest);
        }

        return true;
    }

    private static bool HasTrace(Publication publication) => (publication.Trace.TraceFlags & ActivityTraceFlags.Recorded) != 0;

    private static ActivityContext ReadTrace(ReadOnlySpan<byte> field)
    {
        var traceId = field[..TraceIdBytes];
        var spanId = field.Slice(TraceIdBytes, SpanIdBytes);
        var isRecorded = ((ActivityTraceFlags)field[^1] & ActivityTraceFlags.Recorded) != 0;
        return isRecorded && traceId.ContainsAnyExcept((byte)0) && spanId.ContainsAnyExcept((byte)0)
            ? new ActivityContext(ActivityTraceId.CreateFromBytes(traceId), ActivitySpanId.CreateFromBytes(spanId), ActivityTraceFlags.Recorded, isRemote: true)
            : default;
    }

    private static long Microseconds(DateTimeOffset time) => (time - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
}
