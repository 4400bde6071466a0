using PushGateway.Load;

namespace PushGateway.Tests.Load;

public class HistogramTests
{
    private readonly Histogram _histogram = new();

    [Fact]
    public void Of_nothing_all_is_zero() => Assert.Equal((0, 0, 0), (_histogram.Count, _histogram.Max, _histogram.Quantile(0.5)));

    [Theory]
    [InlineData(0)]
    [InlineData(127)]
    [InlineData(128)]
    [InlineData(255)]
    [InlineData(256)]
    [InlineData(1_000_000)]
    [InlineData(3_599_999_999_999)]
    [InlineData(long.MaxValue)]
    public void One_value_is_told_to_less_than_one_percent(long value)
    {
        _histogram.Add(value);
        foreach (var share in (double[])[0, 0.5, 0.999, 1])
            Assert.InRange(_histogram.Quantile(share), value - (value / 100), value);
        Assert.Equal(value, _histogram.Max);
    }

    [Fact]
    public void What_is_below_zero_counts_as_nothing()
    {
        _histogram.Add(-5);
        Assert.Equal((1, 0, 0), (_histogram.Count, _histogram.Max, _histogram.Quantile(1)));
    }

    [Theory]
    [InlineData(0.5, 50_000)]
    [InlineData(0.9, 90_000)]
    [InlineData(0.99, 99_000)]
    [InlineData(0.999, 100_000)]
    [InlineData(1, 100_000)]
    public void A_quantile_is_where_it_is_in_the_sorted_values(double share, long expected)
    {
        foreach (var value in Shuffled(1000, 100_000))
            _histogram.Add(value);
        Assert.InRange(_histogram.Quantile(share), expected * 0.99, expected * 1.01);
    }

    [Fact]
    public void Quantiles_of_any_values_are_those_of_the_sorted_ones()
    {
        var random = new Random(7);
        var values = Enumerable.Range(0, 20_000).Select(_ => (long)Math.Exp(random.NextDouble() * 30)).ToArray();
        foreach (var value in values)
            _histogram.Add(value);
        Array.Sort(values);
        for (var share = 0.01; share <= 1; share += 0.01)
        {
            var exact = values[Math.Max(0, (int)Math.Ceiling(share * values.Length) - 1)];
            Assert.InRange(_histogram.Quantile(share), Math.Floor(exact * 0.99), Math.Ceiling(exact * 1.01));
        }
    }

    [Fact]
    public void What_two_counted_is_as_if_one_had()
    {
        var other = new Histogram();
        var together = new Histogram();
        foreach (var value in Shuffled(500, 1_000_000))
        {
            (value % 3 == 0 ? other : _histogram).Add(value);
            together.Add(value);
        }

        _histogram.Add(other.ToBuckets(), other.Max);
        Assert.Equal((together.Count, together.Max), (_histogram.Count, _histogram.Max));
        Assert.Equal(together.ToBuckets(), _histogram.ToBuckets());
    }

    [Fact]
    public void Nothing_is_left_behind_clearing()
    {
        _histogram.Add(17);
        _histogram.Clear();
        Assert.Empty(_histogram.ToBuckets());
        Of_nothing_all_is_zero();
    }

    // Evenly from top / count to top.
    private static long[] Shuffled(int count, long top)
    {
        var values = Enumerable.Range(1, count).Select(i => top / count * i).ToArray();
        new Random(1).Shuffle(values);
        return values;
    }
}
