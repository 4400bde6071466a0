using System.Text;
using PushGateway.Load;
using PushGateway.Transports.WebSockets;

namespace PushGateway.Tests.Load;

public class FramesTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(125)]
    [InlineData(126)]
    [InlineData(65_535)]
    [InlineData(65_536)]
    [InlineData(Swarm.MaxFrameBytes)]
    public void Frames_of_the_gateway_are_read(int length)
    {
        var payload = new byte[length];
        new Random(length).NextBytes(payload);
        ReadOnlySpan<byte> input = [.. Frame.Make(Opcode.Text, payload), 0x81];
        Assert.True(Frames.TryRead(ref input, out var opcode, out var read));
        Assert.Equal(Frames.Text, opcode);
        Assert.True(read.SequenceEqual(payload));
        Assert.Equal(1, input.Length);
    }

    [Theory]
    [InlineData(5)]
    [InlineData(300)]
    [InlineData(70_000)]
    public void What_is_not_whole_is_left_as_it_is(int length)
    {
        var frame = Frame.Make(Opcode.Text, new byte[length]);
        for (var cut = 0; cut < frame.Length; cut += cut < 16 ? 1 : length / 7)
        {
            ReadOnlySpan<byte> input = frame.AsSpan(0, cut);
            Assert.False(Frames.TryRead(ref input, out _, out _));
            Assert.Equal(cut, input.Length);
        }
    }

    [Fact]
    public void Several_frames_are_read_one_after_the_other()
    {
        ReadOnlySpan<byte> input = [.. Frame.Make(Opcode.Text, "one"u8), .. Frame.Make(Opcode.Text, "{}"u8), .. Frame.Make(Opcode.Close, [0x0F, 0xA0])];
        List<string> read = [];
        while (Frames.TryRead(ref input, out var opcode, out var payload))
            read.Add($"{opcode} {Encoding.Latin1.GetString(payload)}");
        Assert.Equal(["1 one", "1 {}", "8 \u000f\u00a0"], read);
    }

    [Theory]
    [InlineData(0x81, 0x81)]
    [InlineData(0xC1, 0x01)]
    public void What_no_server_may_send_is_refused(byte first, byte second) => Assert.Throws<InvalidDataException>(() =>
    {
        ReadOnlySpan<byte> input = [first, second, 0, 0, 0, 0, 0];
        Frames.TryRead(ref input, out _, out _);
    });

    [Fact]
    public void A_frame_that_would_not_fit_is_refused_by_its_header() => Assert.Throws<InvalidDataException>(() =>
    {
        ReadOnlySpan<byte> input = [0x82, 127, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF];
        Frames.TryRead(ref input, out _, out _);
    });

    [Theory]
    [InlineData(2)]
    [InlineData(125)]
    [InlineData(126)]
    [InlineData(4000)]
    public void The_gateway_reads_what_clients_send(int length)
    {
        var text = new string('a', length);
        Memory<byte> input = Frames.Make(Frames.Text, Encoding.UTF8.GetBytes(text));
        using var reader = new MessageReader(64 * 1024);
        Assert.True(reader.TryRead(ref input, out var message));
        Assert.Equal(text, Encoding.UTF8.GetString(message.Payload.Span));
    }
}
