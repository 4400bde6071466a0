namespace PushGateway.Redis.PubSub;

/// <summary>The slot of Redis Cluster that a key or a sharded channel belongs to: CRC16 (XMODEM) of its hash tag, modulo 16,384.</summary>
internal static class HashSlot
{
    public const int Count = 16_384;

    private const ushort Polynomial = 0x1021;

    private static readonly ushort[] Table = MakeTable();

    public static int Of(ReadOnlySpan<byte> key)
    {
        // Only what is between the first { and the first } after it counts, unless that is nothing.
        var open = key.IndexOf((byte)'{');
        if (open >= 0)
        {
            var length = key[(open + 1)..].IndexOf((byte)'}');
            if (length > 0)
                key = key.Slice(open + 1, length);
        }

        var crc = 0;
        foreach (var value in key)
            crc = (ushort)(crc << 8) ^ Table[(crc >> 8) ^ value];
        return crc % Count;
    }

    private static ushort[] MakeTable()
    {
        var table = new ushort[256];
        for (var i = 0; i < table.Length; i++)
        {
            var crc = i << 8;
            for (var bit = 0; bit < 8; bit++)
                crc = (crc & 0x8000) != 0 ? (crc << 1) ^ Polynomial : crc << 1;
            table[i] = (ushort)crc;
        }

        return table;
    }
}
