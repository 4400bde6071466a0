using System.Text;
using PushGateway.Channels;
using PushGateway.Redis.Brokers;

namespace PushGateway.Tests.Redis;

public sealed class EnvelopeTests
{
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
    }

    [Fact]
    public void A_plain_payload_costs_two_bytes() =>
        Assert.Equal([0xC1, 0, .. "{}"u8], Write(new Publication("{}"u8.ToArray())));

    [Fact]
    public void A_script_can_put_the_offset_in_front()
    {
        var envelope = Write(Make(2, info: true, offset: 0, "{}"));

        byte[] withOffset = [envelope[0], (byte)(envelope[1] + 4), .. BitConverter.GetBytes(258UL), .. envelope[2..]];

        Assert.Equal(Write(Make(2, info: true, offset: 258, "{}")), withOffset);
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
    [InlineData("C1087B7D")] // A part from the future.
    [InlineData("C1FF7B7D")]
    [InlineData("C10401020304")] // An offset cut short.
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
        var sample = Write(Make(3, info: true, offset: 5, "{\"a\":1}"));
        for (var i = 0; i < 200_000; i++)
        {
            var bytes = sample[..random.Next(sample.Length + 1)];
            for (var changes = random.Next(6); changes > 0 && bytes.Length > 0; changes--)
                bytes[random.Next(Math.Min(bytes.Length, 16))] = (byte)random.Next(256);
            if (Envelope.TryRead(bytes, out var publication))
                Assert.InRange(publication.Data.Length, 0, bytes.Length - 2);
        }
    }

    private static Publication Make(int tags, bool info, ulong offset, string data) => new(
        Encoding.UTF8.GetBytes(data),
        tags == 0 ? null : Enumerable.Range(0, tags).ToDictionary(i => $"ключ{i}", i => new string('é', i)),
        info ? new ClientInfo("", "клиент") : null,
        offset);

    private static byte[] Write(Publication publication)
    {
        var bytes = new byte[Envelope.GetLength(publication)];
        Envelope.Write(publication, bytes);
        return bytes;
    }
}
