using System.Buffers;
using PushGateway.Transports.WebSockets;

namespace PushGateway.Tests.Transports.WebSockets;

public class FrameBufferTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(125)]
    [InlineData(126)]
    [InlineData(1014)]
    [InlineData(1015)]
    [InlineData(65_535)]
    [InlineData(65_536)]
    [InlineData(1_000_000)]
    public void What_was_written_becomes_a_frame(int length)
    {
        var payload = new byte[length];
        new Random(length).NextBytes(payload);
        var buffer = FrameBuffer.Open();
        for (var at = 0; at < length; at += 999)
            buffer.Write(payload.AsSpan(at, Math.Min(999, length - at)));

        Assert.True(Frame.Make(Opcode.Text, payload).AsSpan().SequenceEqual(buffer.ToFrame(Opcode.Text)));
    }

    [Fact]
    public void A_buffer_is_empty_when_it_is_opened_again()
    {
        FrameBuffer.Open().Write("left by an encoder that threw"u8);
        var buffer = FrameBuffer.Open();
        buffer.Write("x"u8);
        Assert.Equal(Frame.Make(Opcode.Text, "x"u8), buffer.ToFrame(Opcode.Text));
    }

    [Fact]
    public void No_more_can_be_written_than_there_is_room_for()
    {
        var buffer = FrameBuffer.Open();
        var room = buffer.GetSpan(10).Length;
        Assert.True(room >= 10);
        Assert.Throws<ArgumentOutOfRangeException>(() => buffer.Advance(room + 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => buffer.Advance(-1));
    }
}
