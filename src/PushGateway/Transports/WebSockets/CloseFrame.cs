using System.Buffers.Binary;
using System.Text.Unicode;
using PushGateway.Connections;

namespace PushGateway.Transports.WebSockets;

/// <summary>The close frame of a client (RFC 6455, sections 5.5.1 and 7.4).</summary>
internal static class CloseFrame
{
    /// <summary>What to answer with: the client's own code, or what is wrong with the frame.</summary>
    public static CloseReason AnswerTo(ReadOnlySpan<byte> payload)
    {
        if (payload.IsEmpty)
            return CloseReason.Normal;

        if (payload.Length == 1 || !BinaryPrimitives.TryReadUInt16BigEndian(payload, out var code) || !MayBeSent(code))
            return CloseReason.ProtocolViolation;

        return Utf8.IsValid(payload[2..]) ? new CloseReason(code, "") { IsAnswer = true } : CloseReason.InvalidUtf8;
    }

    // 1004 to 1006 and 1015 must not be sent, 1016 to 2999 are not assigned; 3000 and up are free to use.
    private static bool MayBeSent(ushort code) => code is (>= 1000 and <= 1003) or (>= 1007 and <= 1014) or (>= 3000 and <= 4999);
}
