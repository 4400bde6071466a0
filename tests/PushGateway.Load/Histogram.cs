using System.Numerics;

namespace PushGateway.Load;

/// <summary>Times in nanoseconds, kept in buckets of which each power of two has 128: quantiles are exact to less than 1 %, whatever the range.</summary>
internal sealed class Histogram
{
    private const int Bits = 7, PerPower = 1 << Bits;

    // Values below 128 have a bucket each; then come 128 for each of the powers 2^7 to 2^62.
    private readonly long[] _buckets = new long[(63 - Bits + 1) * PerPower];

    public long Count { get; private set; }

    public long Max { get; private set; }

    public void Add(long value)
    {
        value = Math.Max(0, value);
        _buckets[Bucket(value)]++;
        Count++;
        Max = Math.Max(Max, value);
    }

    public void Add(Histogram other)
    {
        for (var i = 0; i < _buckets.Length; i++)
            _buckets[i] += other._buckets[i];
        Count += other.Count;
        Max = Math.Max(Max, other.Max);
    }

    public void Clear()
    {
        Array.Clear(_buckets);
        (Count, Max) = (0, 0);
    }

    /// <summary>The value that such a share of all is not above; 0 when there is none.</summary>
    public long Quantile(double share)
    {
        var rank = Math.Max(1, (long)Math.Ceiling(share * Count));
        long seen = 0;
        for (var i = 0; i < _buckets.Length; i++)
            if ((seen += _buckets[i]) >= rank)
                return Math.Min(Max, Middle(i));

        return Max;
    }

    /// <summary>The buckets in use, so that another process can add them to its own.</summary>
    public Dictionary<int, long> ToBuckets() =>
        Enumerable.Range(0, _buckets.Length).Where(i => _buckets[i] > 0).ToDictionary(i => i, i => _buckets[i]);

    /// <summary>Adds what another process counted.</summary>
    public void Add(IReadOnlyDictionary<int, long> buckets, long max)
    {
        foreach (var (bucket, count) in buckets)
        {
            _buckets[bucket] += count;
            Count += count;
        }

        Max = Math.Max(Max, max);
    }

    private static int Bucket(long value)
    {
        if (value < PerPower)
            return (int)value;

        var power = BitOperations.Log2((ulong)value);
        return ((power - Bits + 1) << Bits) + (int)((value >> (power - Bits)) & (PerPower - 1));
    }

    private static long Middle(int bucket)
    {
        if (bucket < PerPower)
            return bucket;

        var shift = (bucket >> Bits) - 1;
        return ((PerPower + (bucket & (PerPower - 1L))) << shift) + ((1L << shift) / 2);
    }
}
