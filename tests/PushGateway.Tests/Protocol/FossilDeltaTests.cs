using System.Buffers;
using System.Text;
using System.Text.Unicode;
using PushGateway.Protocol;

namespace PushGateway.Tests.Protocol;

public class FossilDeltaTests
{
    private const string Sample = """{"price":{"EURUSD":1.08231,"EURGBP":0.85122,"EURCHF":0.94017},"depth":[[1.0823,100],[1.0822,250]],"status":"open"}""";

    [Fact]
    public void What_changed_a_little_is_sent_as_a_little()
    {
        var delta = Create(Sample, Sample.Replace("1.08231", "1.08232", StringComparison.Ordinal));
        Assert.NotNull(delta);
        Assert.InRange(delta.Length, 1, 40);
        Assert.Equal(Sample.Replace("1.08231", "1.08232", StringComparison.Ordinal), Apply(Sample, delta));
    }

    [Theory]
    [InlineData("0123456789abcdefg", "0123456789abcdefg", "H\nH@0,")] // 17 bytes: H is 17.
    [InlineData("0123456789abcdefg!", "<0123456789abcdefg!>", "K\n1:<I@0,1:>")]
    public void It_looks_as_the_format_says(string source, string target, string start) => Assert.StartsWith(start, Create(source, target), StringComparison.Ordinal);

    [Fact]
    public void The_checksum_is_that_of_the_format()
    {
        // Five words of 0x61616161 are 0x1E6E6E6E5; of that 32 bits, 0xE6E6E6E5, are in base 64 the digits 3 38 57 46 27 37.
        var text = new string('a', 20);
        Assert.Equal("K\nK@0,3bujRa;", Create(text, text));
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("", "x")]
    [InlineData("abc", "abcd")]
    [InlineData(Sample, "null")]
    [InlineData(Sample, "")]
    public void Where_it_would_not_be_smaller_there_is_none(string source, string target) => Assert.Null(Create(source, target));

    [Fact]
    public void Whatever_the_texts_the_difference_leads_from_one_to_the_other_and_is_itself_a_text()
    {
        var random = new Random(20);
        var smaller = 0;
        for (var round = 0; round < 3000; round++)
        {
            var source = RandomText(random, random.Next(2000));
            var target = Change(random, source);
            if (Create(source, target) is not { } delta)
                continue;

            smaller++;
            Assert.True(Encoding.UTF8.GetByteCount(delta) < Encoding.UTF8.GetByteCount(target));
            Assert.Equal(target, Apply(source, delta));
        }

        Assert.InRange(smaller, 1500, 3000);
    }

    [Fact]
    public void Texts_that_repeat_themselves_do_not_take_for_ever()
    {
        var source = new string('0', 1_000_000);
        var target = string.Concat(Enumerable.Repeat(new string('0', 15) + "1", 62_500));
        _ = Create(source, target);
        Assert.NotNull(Create(target, target + "2"));
    }

    private static string? Create(string source, string target)
    {
        var output = new ArrayBufferWriter<byte>();
        if (!FossilDelta.TryCreate(Encoding.UTF8.GetBytes(source), Encoding.UTF8.GetBytes(target), output))
            return null;

        Assert.True(Utf8.IsValid(output.WrittenSpan));
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    /// <summary>A decoder from the description of the format, as plain as can be.</summary>
    private static string Apply(string source, string delta)
    {
        var from = Encoding.UTF8.GetBytes(source);
        var bytes = Encoding.UTF8.GetBytes(delta);
        var position = 0;
        var target = new List<byte>();
        var size = Number();
        Assert.Equal('\n', (char)bytes[position++]);
        while (true)
        {
            var number = Number();
            switch ((char)bytes[position++])
            {
                case '@':
                    var offset = (int)Number();
                    Assert.Equal(',', (char)bytes[position++]);
                    target.AddRange(from.AsSpan(offset, (int)number));
                    break;
                case ':':
                    target.AddRange(bytes.AsSpan(position, (int)number));
                    position += (int)number;
                    break;
                case ';':
                    Assert.Equal(bytes.Length, position);
                    Assert.Equal(size, (uint)target.Count);
                    Assert.Equal(number, Checksum(target));
                    return Encoding.UTF8.GetString([.. target]);
                default:
                    throw new FormatException();
            }
        }

        uint Number()
        {
            uint value = 0;
            while ("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz~".IndexOf((char)bytes[position], StringComparison.Ordinal) is >= 0 and var digit)
            {
                value = (value << 6) + (uint)digit;
                position++;
            }

            return value;
        }
    }

    private static uint Checksum(List<byte> target)
    {
        uint sum = 0;
        for (var i = 0; i < target.Count; i++)
            sum += (uint)target[i] << (24 - (8 * (i % 4)));
        return sum;
    }

    private static string RandomText(Random random, int length)
    {
        string[] parts = ["a", "žluťoučký", "0000", "\"price\":1.25,", "😀", "漢字", "{\"x\":", " "];
        var text = new StringBuilder();
        while (text.Length < length)
            text.Append(parts[random.Next(parts.Length)]);
        return text.ToString();
    }

    private static string Change(Random random, string source)
    {
        var text = new StringBuilder(source);
        for (var i = random.Next(5); i > 0; i--)
        {
            // Between characters, or there would be halves of them.
            var at = random.Next(text.Length + 1);
            while (at > 0 && at < text.Length && char.IsLowSurrogate(text[at]))
                at--;
            var until = Math.Min(text.Length, at + random.Next(30));
            while (until < text.Length && char.IsLowSurrogate(text[until]))
                until++;
            if (random.Next(2) == 0)
                text.Remove(at, until - at);
            else
                text.Insert(at, RandomText(random, random.Next(30)));
        }

        return text.ToString();
    }
}
