using System.Buffers.Binary;
using PushGateway.Connections;
using PushGateway.Transports.WebSockets;

namespace PushGateway.Tests.Transports.WebSockets;

public class CloseFrameTests
{
    [Fact]
    public void An_empty_close_frame_is_answered_as_normal() => Assert.Equal(CloseReason.Normal, CloseFrame.AnswerTo([]));

    [Fact]
    public void Half_a_code_is_a_protocol_error() => Assert.Equal(CloseReason.ProtocolViolation, CloseFrame.AnswerTo([3]));

    [Fact]
    public void Every_code_that_may_be_sent_is_echoed_and_every_other_is_a_protocol_error()
    {
        Span<byte> payload = stackalloc byte[2];
        for (var code = 0; code <= ushort.MaxValue; code++)
        {
            BinaryPrimitives.WriteUInt16BigEndian(payload, (ushort)code);
            var allowed = code is 1000 or 1001 or 1002 or 1003 or 1007 or 1008 or 1009 or 1010 or 1011 or 1012 or 1013 or 1014 or (>= 3000 and < 5000);
            var expected = allowed ? new CloseReason((ushort)code, "") { IsAnswer = true } : CloseReason.ProtocolViolation;
            Assert.True(expected == CloseFrame.AnswerTo(payload), $"{code}");
        }
    }

    [Fact]
    public void The_reason_must_be_UTF8()
    {
        Assert.Equal(CloseReason.Normal, CloseFrame.AnswerTo([0x03, 0xE8, .. "bye čau"u8]));
        Assert.Equal(CloseReason.InvalidUtf8, CloseFrame.AnswerTo([0x03, 0xE8, 0xC3, 0x28]));
        Assert.Equal(CloseReason.InvalidUtf8, CloseFrame.AnswerTo([0x03, 0xE8, 0xC3]));
        Assert.Equal(CloseReason.ProtocolViolation, CloseFrame.AnswerTo([0x03, 0xED, 0xFF]));
    }
}
