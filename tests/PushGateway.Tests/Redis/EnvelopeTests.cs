using System.Diagnostics;
using System.Text;
using PushGateway.Channels;
using PushGateway.Redis.Brokers;

namespace PushGateway.Tests.Redis;

public sealed class EnvelopeTests
{
    private const long Time = 1_800_000_000_123;

    private static readonly DateTimeOffset TakenAt = DateTimeOffset.FromUnixTimeMilliseconds(Time).AddMicroseconds(456);

    private static readonly ActivityContext Trace = new(
        ActivityTraceId.CreateFromString("0af7651916cd43dd8448eb211c80319c"), ActivitySpanId.CreateFromString("b7ad6b7169203331"), ActivityTraceFlags.Recorded);

    public static TheoryData<int, bool, ulong, string> Shapes()
    {
        var shapes = new TheoryData<int, bool, ulong, string>();
        foreach (var tags in (int[])[0, 1, 200])
            foreach (var info in (bool[])[false, true])
                foreach (var offset in (ulong[])[0, 1, ulong.MaxValue])
                    foreach (var data in (string[])["", "{}", new string('x', 70_000)])
                        shapes.Add(tags, info, offset, data);
        return shapes;
    }

    [Theory]
    [MemberData(nameof(Shapes), DisableDiscoveryEnumeration = true)]
    public void What_is_written_is_read(int tags, bool info, ulong offset, string data)
    {
        var written = Make(tags, info, offset, data);

        Assert.True(Envelope.TryRead(Write(written), out var read));

        Assert.Equal(data, Encoding.UTF8.GetString(read.Data.Span));
        Assert.Equal(written.Tags, read.Tags);
        Assert.Equal(written.Info, read.Info);
        Assert.Equal(offset, read.Offset);
        Assert.Equal(written.Epoch, read.Epoch);
        Assert.Equal(written.Time, read.Time);
        Assert.Equal(written.Lifetime, read.Lifetime);
        Assert.Equal(written.CollapseKey, read.CollapseKey);
        Assert.Equal(written.TakenAt, read.TakenAt);
        Assert.Equal((written.Trace.TraceId, written.Trace.SpanId, written.Trace.TraceFlags), (read.Trace.TraceId, read.Trace.SpanId, read.Trace.TraceFlags));
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData("{\"name\":\"Åsa\"}", null)]
    [InlineData(null, "[1]")]
    [InlineData("1", "2")]
    public void What_is_known_of_the_client_is_read(string? connectionInfo, string? channelInfo)
    {
        var info = new ClientInfo("42", "c") { ConnectionInfo = connectionInfo, ChannelInfo = channelInfo };
        var written = Write(new Publication("{}"u8.ToArray(), new Dictionary<string, string> { ["a"] = "b" }, info));

        Assert.True(Envelope.TryRead(written, out var read));

        Assert.Equal(info, read.Info);
        Assert.Equal("{}", Encoding.UTF8.GetString(read.Data.Span));

        // One of which nothing more is known travels as it always did, so that nodes of older versions can read it.
        Assert.Equal(connectionInfo is null && channelInfo is null, written[1] == 3);
    }

    [Fact]
    public void A_plain_payload_costs_two_bytes() =>
        Assert.Equal([0xC1, 0, .. "{}"u8], Write(new Publication("{}"u8.ToArray())));

    [Fact]
    public void When_it_was_taken_costs_eleven_bytes() =>
        Assert.Equal(
            [0xC1, 128, 10, 1, 8, .. BitConverter.GetBytes((Time * 1_000) + 456), .. "{}"u8],
            Write(new Publication("{}"u8.ToArray()) { TakenAt = TakenAt }));

    [Fact]
    public void When_it_was_taken_is_told_by_the_clock_of_Redis_and_read_by_that_of_the_reader()
    {
        var publication = new Publication("{}"u8.ToArray()) { TakenAt = TakenAt };
        var bytes = new byte[Envelope.GetLength(publication)];
        Envelope.Write(publication, bytes, ahead: TimeSpan.FromMicroseconds(7));

        Assert.True(Envelope.TryRead(bytes, out var byRedis));
        Assert.True(Envelope.TryRead(bytes, out var byReader, ahead: TimeSpan.FromHours(-1)));

        Assert.Equal(TakenAt.AddMicroseconds(-7), byRedis.TakenAt);
        Assert.Equal(TakenAt.AddMicroseconds(-7).AddHours(-1), byReader.TakenAt);
    }

    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(9998, 12, 31)]
    public void A_node_with_a_clock_that_is_far_from_the_truth_publishes_all_the_same(int year, int month, int day)
    {
        var written = Write(new Publication("{}"u8.ToArray()) { TakenAt = new DateTimeOffset(year, month, day, 0, 0, 0, TimeSpan.Zero) });

        Assert.True(Envelope.TryRead(written, out var read));
        Assert.NotNull(read.TakenAt);
    }

    [Fact]
    public void A_trace_that_is_not_recorded_costs_nothing()
    {
        var publication = new Publication("{}"u8.ToArray()) { Trace = new ActivityContext(Trace.TraceId, Trace.SpanId, ActivityTraceFlags.None) };

        Assert.Equal([0xC1, 0, .. "{}"u8], Write(publication));
    }

    [Theory]
    [InlineData("", false)]
    [InlineData("0700", false)] // A kind from the future.
    [InlineData("FF03AABBCC", false)]
    [InlineData("0700" + TakenAtField, true)]
    [InlineData(TakenAtField + "09020102", true)]
    [InlineData("0700" + TakenAtField + "090101", true)]
    [InlineData("010101", false)] // A known kind of another length.
    [InlineData("0109000000000000000000", false)]
    [InlineData("0108FFFFFFFFFFFFFFFF", false)] // A time that no date can tell.
    [InlineData("01080000000000005801", false)]
    [InlineData("0200", false)]
    [InlineData("021900000000000000000000000000000000B7AD6B716920333101", false)] // The ids of no trace, of no span, and of one that is not recorded.
    [InlineData("02190AF7651916CD43DD8448EB211C80319C000000000000000001", false)]
    [InlineData("02190AF7651916CD43DD8448EB211C80319CB7AD6B716920333100", false)]
    public void Extras_that_a_node_does_not_know_are_passed_over(string fields, bool isTaken)
    {
        byte[] envelope = [0xC1, 128, (byte)(fields.Length / 2), .. Convert.FromHexString(fields), .. "{}"u8];

        Assert.True(Envelope.TryRead(envelope, out var read));

        Assert.Equal("{}", Encoding.UTF8.GetString(read.Data.Span));
        Assert.Equal(isTaken ? DateTimeOffset.UnixEpoch.AddMicroseconds(258) : null, read.TakenAt);
        Assert.Equal(default, read.Trace);
    }

    [Theory]
    [InlineData("")] // No length.
    [InlineData("01")] // Shorter than they say.
    [InlineData("0101")] // A kind without a length.
    [InlineData("020101")] // A field that is longer than all of them.
    [InlineData("03010200")]
    [InlineData("0401030000")]
    [InlineData("05FFFFFFFF0F")]
    public void Extras_that_do_not_fit_together_are_no_envelope(string extras) =>
        Assert.False(Envelope.TryRead((byte[])[0xC1, 128, .. Convert.FromHexString(extras)], out _));

    [Fact]
    public void A_script_can_put_the_position_in_front()
    {
        var envelope = Write(Make(2, info: true, offset: 0, "{}"));

        byte[] withPosition = [envelope[0], (byte)(envelope[1] + 4), .. BitConverter.GetBytes(258UL), .. BitConverter.GetBytes(Time), .. "abcdefgh"u8, .. envelope[2..]];

        Assert.Equal(Write(Make(2, info: true, offset: 258, "{}")), withPosition);
    }

    [Fact]
    public void A_time_without_an_offset_is_of_no_epoch()
    {
        var written = new Publication("{}"u8.ToArray()) { Time = Time, Lifetime = TimeSpan.FromSeconds(1) };

        Assert.True(Envelope.TryRead(Write(written), out var read));

        Assert.Equal((0UL, Time, null), (read.Offset, read.Time, read.Epoch));
    }

    [Fact]
    public void The_epoch_of_a_channel_is_one_string()
    {
        Assert.True(Envelope.TryRead(Write(Make(0, info: false, offset: 1, "{}")), out var one));
        Assert.True(Envelope.TryRead(Write(Make(0, info: false, offset: 2, "{}")), out var other));

        Assert.Same(one.Epoch, other.Epoch);
    }

    [Theory]
    [InlineData(0.0001, 1)]
    [InlineData(1, 1)]
    [InlineData(127, 127)]
    [InlineData(128, 128)]
    [InlineData(31_622_400_000, 31_622_400_000)] // 366 days
    [InlineData(31_622_400_001, 31_622_400_000)]
    public void Lifetimes_are_whole_milliseconds_up_to_a_year(double written, double expected)
    {
        Assert.True(Envelope.TryRead(Write(new Publication("{}"u8.ToArray()) { Lifetime = TimeSpan.FromMilliseconds(written) }), out var read));

        Assert.Equal(TimeSpan.FromMilliseconds(expected), read.Lifetime);
    }

    [Fact]
    public void The_payload_is_a_slice_and_not_a_copy()
    {
        var message = Write(new Publication("12"u8.ToArray(), new Dictionary<string, string> { ["a"] = "b" }));

        Assert.True(Envelope.TryRead(message, out var read));

        message[^1] = (byte)'3';
        Assert.Equal("13", Encoding.ASCII.GetString(read.Data.Span));
    }

    [Theory]
    [InlineData("")]
    [InlineData("C1")]
    [InlineData("C100")] // No payload at all is an empty payload.
    [InlineData("C0007B7D")]
    [InlineData("7B7D")]
    [InlineData("C1807B7D")] // Extras that are longer than the message.
    [InlineData("C1207B7D")] // Something of a client, but no client.
    [InlineData("C14001317D")]
    [InlineData("C1220131013105")] // What is known of the client is longer than the message.
    [InlineData("C1FF7B7D")]
    [InlineData("C10401020304")] // A position cut short.
    [InlineData("C10401000000000000000200000000000000")]
    [InlineData("C1040100000000000000020000000000000061626364656667")]
    [InlineData("C104010000000000000002000000000000006162636465666741")] // An epoch with a capital letter.
    [InlineData("C104010000000000000002000000000000006162636465666700")]
    [InlineData("C104010000000000000002000000000000FF6162636465666768")] // A time before 1970.
    [InlineData("C1040100000000000000000000000000FF006162636465666768")] // A time that no date can tell.
    [InlineData("C108")] // A lifetime cut short.
    [InlineData("C10880")]
    [InlineData("C10800")] // A lifetime of nothing.
    [InlineData("C108FFFFFFFF7F")] // A lifetime longer than a year.
    [InlineData("C108FFFFFFFFFF00")]
    [InlineData("C11005616263")] // A collapse key longer than the message.
    [InlineData("C11001FF")] // A collapse key that is no UTF-8.
    [InlineData("C102")]
    [InlineData("C10205616263")] // A text longer than the message.
    [InlineData("C10201FF00")] // A text that is no UTF-8.
    [InlineData("C101FFFFFFFF0F")] // Four thousand million tags.
    [InlineData("C101FFFFFFFFFF")]
    [InlineData("C101808080808001")]
    [InlineData("C1010500")]
    public void Other_things_are_no_envelope(string hex) =>
        Assert.Equal(hex == "C100", Envelope.TryRead(Convert.FromHexString(hex), out _));

    [Fact]
    public void Survives_anything()
    {
        var random = new Random(1);
        var sample = Write(Make(1, info: true, offset: 5, "{\"a\":1}"));
        for (var i = 0; i < 200_000; i++)
        {
            var bytes = sample[..random.Next(sample.Length + 1)];
            for (var changes = random.Next(6); changes > 0 && bytes.Length > 0; changes--)
                bytes[random.Next(Math.Min(bytes.Length, i % 2 == 0 ? 3 : sample.Length))] = (byte)random.Next(256);
            if (!Envelope.TryRead(bytes, out var publication))
                continue;
            Assert.InRange(publication.Data.Length, 0, bytes.Length - 2);
            Assert.Equal(publication.Offset != 0, publication.Epoch is { Length: 8 });
            Assert.True(Envelope.EndOf(publication) is null or >= 0 and < 253_402_300_799_000); // The end of the year 9999.
            Assert.True(publication.TakenAt is null || publication.TakenAt >= DateTimeOffset.UnixEpoch);
            Assert.Equal(publication.Trace != default, publication.Trace.TraceFlags == ActivityTraceFlags.Recorded);
        }
    }

    // 258 µs.
    private const string TakenAtField = "01080201000000000000";

    private static Publication Make(int tags, bool info, ulong offset, string data) => new(
        Encoding.UTF8.GetBytes(data),
        tags == 0 ? null : Enumerable.Range(0, tags).ToDictionary(i => $"ключ{i}", i => new string('é', i)),
        info ? new ClientInfo("", "клиент") : null,
        offset)
    {
        Epoch = offset == 0 ? null : "abcdefgh",
        Time = offset == 0 ? 0 : Time,
        Lifetime = info ? TimeSpan.FromMilliseconds(tags + 1) : null,
        CollapseKey = tags == 1 ? "ключ" : null,
        TakenAt = tags == 0 ? null : TakenAt,
        Trace = tags == 1 ? Trace : default,
    };

    private static byte[] Write(Publication publication)
    {
        var bytes = new byte[Envelope.GetLength(publication)];
        Envelope.Write(publication, bytes);
        return bytes;
    }
}
