using System.Text;
using PushGateway.Transports.WebSockets;

namespace PushGateway.Tests.Fuzz;

/// <summary>The reader of frames finds the same in the same bytes however they come, and nothing that is too large, not UTF-8, or behind a violation.</summary>
internal sealed class FrameProperty() : Property("frames", [0x00, 0x01, 0x02, 0x7E, 0x7F, 0x80, 0x81, 0x82, 0x88, 0x89, 0x8A, 0xFE, 0xFF, 0xC1])
{
    private const int MaxMessageBytes = 300;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public override void Check(Mutator mutator, byte[] input)
    {
        var whole = Read([input]);
        Require(whole.SequenceEqual(Read(mutator.Pieces(input))), "In pieces it reads as something else.");
        Require(whole.SequenceEqual(Read(input.Select(next => (ReadOnlyMemory<byte>)new[] { next }))), "Byte by byte it reads as something else.");
        Require(whole.Sum(found => found.Payload.Length / 2) <= input.Length, "There is more in it than was sent.");

        var violated = false;
        foreach (var (opcode, payload, code) in whole)
        {
            var bytes = Convert.FromHexString(payload);
            Require(!violated || (opcode == Opcode.Close && code is null && bytes.Length == 0), "Something but a close frame was found behind a violation.");
            violated |= code is not null;
            Require(bytes.Length <= (opcode >= Opcode.Close ? 125 : MaxMessageBytes), "It is too large.");
            Require(code is null or 1002 or 1007 or 1009, "There is no such violation.");
            Require(code is not null || opcode is Opcode.Text or Opcode.Binary or Opcode.Close or Opcode.Ping or Opcode.Pong, "There is no such message.");
            if (opcode == Opcode.Text && code is null)
                Strict.GetString(bytes);
            Accepted += code is null ? 1 : 0;
        }
    }

    private static List<(Opcode Opcode, string Payload, int? Violation)> Read(IEnumerable<ReadOnlyMemory<byte>> pieces)
    {
        var found = new List<(Opcode, string, int?)>();
        using var reader = new MessageReader(MaxMessageBytes);
        foreach (var piece in pieces)
        {
            Memory<byte> rest = piece.ToArray(); // Unmasked in place.
            while (reader.TryRead(ref rest, out var message))
                found.Add((message.Opcode, Convert.ToHexString(message.Payload.Span), message.Violation?.Code));
            Require(rest.IsEmpty, "It has stopped before the end.");
        }

        return found;
    }
}
