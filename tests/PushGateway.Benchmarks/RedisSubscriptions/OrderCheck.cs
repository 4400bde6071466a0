using System.Buffers.Binary;

namespace PushGateway.Benchmarks.RedisSubscriptions;

/// <summary>Counts messages, and those that came after a later one of their channel.</summary>
internal sealed class OrderCheck
{
    public const int PayloadBytes = 256;

    private int[] _last = [];
    private int _seen;
    private int _late;

    public int Seen => Volatile.Read(ref _seen);

    public int Late => Volatile.Read(ref _late);

    public void Reset(int channels)
    {
        _last = new int[channels];
        _late = 0;
        _seen = 0;
    }

    public static void Write(Span<byte> payload, int channel, int number)
    {
        payload.Fill((byte)'x');
        BinaryPrimitives.WriteInt32LittleEndian(payload, channel);
        BinaryPrimitives.WriteInt32LittleEndian(payload[4..], number);
    }

    public void See(ReadOnlySpan<byte> payload)
    {
        var channel = BinaryPrimitives.ReadInt32LittleEndian(payload);
        var number = BinaryPrimitives.ReadInt32LittleEndian(payload[4..]);
        ref var last = ref _last[channel];
        var before = Volatile.Read(ref last);
        while (number > before && Interlocked.CompareExchange(ref last, number, before) is var now && now != before)
            before = now;
        if (number < before)
            Interlocked.Increment(ref _late);
        Interlocked.Increment(ref _seen);
    }
}
