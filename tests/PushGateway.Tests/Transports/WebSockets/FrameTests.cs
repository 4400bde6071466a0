using System.Text;
using PushGateway.Connections;
using PushGateway.Transports.WebSockets;

namespace PushGateway.Tests.Transports.WebSockets;

public class FrameTests
{
    [Theory]
    [InlineData(0, "8100")]
    [InlineData(1, "8101")]
    [InlineData(125, "817D")]
    [InlineData(126, "817E007E")]
    [InlineData(65535, "817EFFFF")]
    [InlineData(65536, "817F0000000000010000")]
    [InlineData(1 << 20, "817F0000000000100000")]
    public void The_header_has_the_shortest_form_that_holds_the_length(int length, string header)
    {
        var payload = new byte[length];
        new Random(length).NextBytes(payload);
        var frame = Frame.Make(Opcode.Text, payload);

        var expected = Convert.FromHexString(header);
        Assert.Equal(expected.Length, Frame.HeaderBytes(length));
        Assert.Equal(expected, frame[..expected.Length]);
        Assert.True(frame.AsSpan(expected.Length).SequenceEqual(payload));
    }

    [Theory]
    [InlineData(Opcode.Continuation, 0x80)]
    [InlineData(Opcode.Text, 0x81)]
    [InlineData(Opcode.Binary, 0x82)]
    [InlineData(Opcode.Close, 0x88)]
    [InlineData(Opcode.Ping, 0x89)]
    [InlineData(Opcode.Pong, 0x8A)]
    public void Every_frame_is_final_and_unmasked(object opcode, int first) => Assert.Equal([(byte)first, 1, 7], Frame.Make((Opcode)opcode, [7]));

    [Fact]
    public void A_close_frame_has_the_code_in_network_order_and_the_text_behind_it() =>
        Assert.Equal([0x88, 6, 0x0B, 0xC0, .. "slow"u8], Frame.MakeClose(CloseReason.Slow));

    [Fact]
    public void The_longest_reason_fits_into_a_control_frame()
    {
        var frame = Frame.MakeClose(new CloseReason(3000, new string('x', 123)));
        Assert.Equal(127, frame.Length);
        Assert.Equal(125, frame[1]);
        Assert.Equal(new string('x', 123), Encoding.UTF8.GetString(frame.AsSpan(4)));
    }
}
