using System.Text;
using PushGateway.IntegrationTests.Infrastructure;
using static PushGateway.IntegrationTests.Infrastructure.RawFrame;

namespace PushGateway.IntegrationTests.WebSockets;

/// <summary>What RFC 6455 asks of a server, in numbered groups.</summary>
internal static class ConformanceSuite
{
    private const int Normal = 1000, ProtocolError = 1002, InvalidText = 1007, TooBig = 1009;

    private static readonly byte[] PingCommand = Encoding.UTF8.GetBytes(ConformanceCase.Command);

    public static IReadOnlyDictionary<string, ConformanceCase> Cases { get; } =
        new[] { Framing(), Pings(), ReservedBits(), Opcodes(), Fragmentation(), Utf8(), Closing(), Limits(), Masking() }
            .SelectMany(group => group)
            .ToDictionary(entry => entry.Name);

    private static IEnumerable<ConformanceCase> Framing()
    {
        foreach (var opcode in new[] { Text, Binary })
            foreach (var size in new[] { 0, 1, 124, 125, 126, 127, 128, 4095, 4096, 65_535, 65_536, 65_537, 1024 * 1024 })
            {
                var payload = Letters(size);
                yield return new($"1.1 echoes {size} bytes, opcode {opcode}", [Of(opcode, payload)], [new(opcode, payload)], EchoOnly: true);
            }

        yield return new("1.2 answers a message", [OfText(ConformanceCase.Command)], [Answer]);
        yield return new("1.3 answers many messages in order", Repeat(200, OfText(ConformanceCase.Command)), Enumerable.Repeat(Answer, 200).ToArray());
        yield return new("1.4 takes a length in a longer form than needed", [LongForm(PingCommand)], [Answer]);
        yield return new("1.5 takes a mask of zeros", [ZeroMask(PingCommand)], [Answer]);
        yield return new("1.6 echoes bytes that are no text", [Of(Binary, AllBytes())], [new(Binary, AllBytes())], EchoOnly: true);
    }

    private static IEnumerable<ConformanceCase> Pings()
    {
        foreach (var size in new[] { 0, 1, 7, 124, 125 })
            yield return new($"2.1 answers a ping of {size} bytes", [Of(Ping, Letters(size))], [new(Pong, Letters(size))]);
        yield return new("2.2 answers a ping that is no text", [Of(Ping, [0xFF, 0x00, 0xFE])], [new(Pong, [0xFF, 0x00, 0xFE])]);
        yield return new("2.3 refuses a ping of 126 bytes", [Of(Ping, Letters(126))], [Closed(ProtocolError)]);
        yield return new("2.4 refuses a ping of 65,536 bytes", [Of(Ping, Letters(65_536))], [Closed(ProtocolError)]);
        yield return new("2.5 ignores a pong", [Of(Pong, Letters(5)), OfText(ConformanceCase.Command)], [Answer]);
        yield return new("2.6 ignores an empty pong", [Of(Pong), OfText(ConformanceCase.Command)], [Answer]);
        yield return new("2.7 refuses a pong of 126 bytes", [Of(Pong, Letters(126))], [Closed(ProtocolError)]);
        yield return new(
            "2.8 answers pings in order",
            [.. Enumerable.Range(0, 50).Select(i => Of(Ping, [(byte)i]))],
            [.. Enumerable.Range(0, 50).Select(i => new RawFrame(Pong, [(byte)i]))]);
        yield return new(
            "2.9 a ping in a longer form than needed",
            [LongForm(Letters(3), Ping)], [new(Pong, Letters(3))]);
    }

    private static IEnumerable<ConformanceCase> ReservedBits()
    {
        for (var bits = 1; bits < 8; bits++)
        {
            yield return new($"3.1 refuses reserved bits {bits} in a text frame", [Of(Text, PingCommand, reserved: bits)], [Closed(ProtocolError)]);
            yield return new($"3.2 refuses reserved bits {bits} behind a good message", [OfText(ConformanceCase.Command), Of(Binary, Letters(5), reserved: bits)], [Answer, Closed(ProtocolError)]);
            yield return new($"3.3 refuses reserved bits {bits} in a ping", [Of(Ping, Letters(5), reserved: bits)], [Closed(ProtocolError)]);
            yield return new($"3.4 refuses reserved bits {bits} in a close frame", [Of(Close, reserved: bits)], [Closed(ProtocolError)]);
        }
    }

    private static IEnumerable<ConformanceCase> Opcodes()
    {
        foreach (var opcode in new[] { 3, 4, 5, 6, 7, 11, 12, 13, 14, 15 })
        {
            yield return new($"4.1 refuses opcode {opcode}", [Of(opcode)], [Closed(ProtocolError)]);
            yield return new($"4.2 refuses opcode {opcode} with a payload", [Of(opcode, Letters(200))], [Closed(ProtocolError)]);
            yield return new($"4.3 refuses opcode {opcode} behind a good message", [OfText(ConformanceCase.Command), Of(opcode, Letters(5)), OfText(ConformanceCase.Command)], [Answer, Closed(ProtocolError)]);
            yield return new($"4.4 refuses opcode {opcode} in the middle of a message", [Of(Text, PingCommand.AsSpan(0, 5), final: false), Of(opcode)], [Closed(ProtocolError)]);
        }
    }

    private static IEnumerable<ConformanceCase> Fragmentation()
    {
        for (var parts = 2; parts <= PingCommand.Length; parts += 4)
            yield return new($"5.1 joins {parts} fragments", Fragments(Text, PingCommand, parts), [Answer]);
        yield return new("5.2 joins binary fragments", Fragments(Binary, AllBytes(), 16), [new(Binary, AllBytes())], EchoOnly: true);
        yield return new("5.3 joins fragments of which some are empty", [Of(Text, final: false), Of(Continuation, final: false), Of(Continuation, PingCommand, final: false), Of(Continuation)], [Answer]);
        yield return new("5.4 joins empty fragments to an empty message", [Of(Text, final: false), Of(Continuation, final: false), Of(Continuation)], [new(Text, [])], EchoOnly: true);
        yield return new(
            "5.5 answers a ping in the middle of a message, before the message",
            [Of(Text, PingCommand.AsSpan(0, 4), final: false), Of(Ping, "in between"u8), Of(Continuation, PingCommand.AsSpan(4))],
            [new(Pong, "in between"u8.ToArray()), Answer]);
        yield return new(
            "5.6 answers a ping between each two fragments",
            [.. Fragments(Text, PingCommand, 6).SelectMany(fragment => new[] { fragment, Of(Ping, [1, 2]) })],
            [.. Enumerable.Repeat(new RawFrame(Pong, [1, 2]), 5), Answer, new(Pong, [1, 2])]);
        yield return new(
            "5.7 ignores a pong in the middle of a message",
            [Of(Text, PingCommand.AsSpan(0, 4), final: false), Of(Pong, "x"u8), Of(Continuation, PingCommand.AsSpan(4))], [Answer]);
        yield return new("5.8 refuses a fragmented ping", [Of(Ping, Letters(3), final: false), Of(Continuation, Letters(3))], [Closed(ProtocolError)]);
        yield return new("5.9 refuses a fragmented pong", [Of(Pong, Letters(3), final: false), Of(Continuation, Letters(3))], [Closed(ProtocolError)]);
        yield return new("5.10 refuses a fragmented close frame", [Of(Close, final: false)], [Closed(ProtocolError)]);
        yield return new("5.11 refuses a continuation of nothing", [Of(Continuation, Letters(3))], [Closed(ProtocolError)]);
        yield return new("5.12 refuses an unfinished continuation of nothing", [Of(Continuation, Letters(3), final: false)], [Closed(ProtocolError)]);
        yield return new("5.13 refuses a continuation behind a whole message", [OfText(ConformanceCase.Command), Of(Continuation, Letters(3))], [Answer, Closed(ProtocolError)]);
        foreach (var opcode in new[] { Text, Binary })
            yield return new($"5.14 refuses a new message (opcode {opcode}) inside of another", [Of(Text, PingCommand, final: false), Of(opcode, PingCommand)], [Closed(ProtocolError)]);
        yield return new(
            "5.15 answers two fragmented messages in order",
            [.. Fragments(Text, PingCommand, 3), .. Fragments(Text, PingCommand, 2)], [Answer, Answer]);
        yield return new("5.16 closes in the middle of a message", [Of(Text, PingCommand.AsSpan(0, 3), final: false), OfClose(Normal)], [Closed(Normal)]);
    }

    private static IEnumerable<ConformanceCase> Utf8()
    {
        foreach (var valid in Utf8Samples.Valid)
        {
            byte[] command = [.. """{"id":7,"ping":{"text":" """u8, .. valid.Bytes, .. "\"}}"u8];
            yield return new($"6.1 takes {valid.Name}", [Of(Text, command)], [new(Text, command)]);
            yield return new($"6.2 takes {valid.Name}, a byte in each fragment", Fragments(Text, command, command.Length), [new(Text, command)]);
        }

        foreach (var invalid in Utf8Samples.Invalid)
        {
            byte[] text = [.. "{\"id\":7}"u8, .. invalid.Bytes];
            yield return new($"6.3 refuses {invalid.Name}", [Of(Text, text)], [Closed(InvalidText)]);
            yield return new($"6.4 refuses {invalid.Name} with text behind it", [Of(Text, [.. text, .. "ab"u8])], [Closed(InvalidText)]);
            yield return new($"6.5 refuses {invalid.Name}, a byte in each fragment", Fragments(Text, text, text.Length), [Closed(InvalidText)]);
            if (invalid.EndsEarly)
                continue;

            yield return new(
                $"6.6 refuses {invalid.Name} before the frame is whole",
                [Of(Text, text, claimedLength: 60_000)], [Closed(InvalidText)]);
            yield return new($"6.7 refuses {invalid.Name} before the message is whole", [Of(Text, text, final: false)], [Closed(InvalidText)]);
            yield return new($"6.8 echoes {invalid.Name} in a binary frame", [Of(Binary, text)], [new(Binary, text)], EchoOnly: true);
        }

        yield return new("6.9 a ping does not count as text", [Of(Text, "{\"id\":7,\"ping\":{\"x\":\"\xE2"u8, final: false), Of(Ping, [0xFF])], [new(Pong, [0xFF])]);
    }

    private static IEnumerable<ConformanceCase> Closing()
    {
        yield return new("7.1 answers a message before a close frame, none behind it", [OfText(ConformanceCase.Command), OfClose(Normal), OfText(ConformanceCase.Command)], [Answer, Closed(Normal)]);
        yield return new("7.2 a ping behind a close frame is not answered", [OfClose(Normal), Of(Ping)], [Closed(Normal)]);
        yield return new("7.3 a second close frame is not answered", [OfClose(Normal), OfClose(Normal)], [Closed(Normal)]);
        foreach (var code in new[] { 1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999 })
            yield return new($"7.4 gives code {code} back", [OfClose(code, "so long")], [Closed(code)]);
        foreach (var code in new[] { 0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535 })
        {
            yield return new($"7.5 refuses code {code}", [OfClose(code)], [Closed(ProtocolError)]);
            yield return new($"7.6 refuses code {code} with a reason", [OfClose(code, "so long")], [Closed(ProtocolError)]);
        }

        yield return new("7.7 refuses a payload of one byte", [Of(Close, [3])], [Closed(ProtocolError)]);
        yield return new("7.8 takes the longest reason", [OfClose(Normal, new string('x', 123))], [Closed(Normal)]);
        yield return new("7.9 refuses a longer reason", [OfClose(Normal, new string('x', 124))], [Closed(ProtocolError)]);
        yield return new("7.10 refuses a reason that is no text", [Of(Close, [0x03, 0xE8, 0xC3, 0x28])], [Closed(InvalidText)]);
        yield return new("7.11 refuses a reason that breaks off", [Of(Close, [0x03, 0xE8, 0x61, 0xE2, 0x82])], [Closed(InvalidText)]);
        yield return new("7.12 takes a reason with accents", [OfClose(Normal, "à bientôt")], [Closed(Normal)]);
    }

    private static IEnumerable<ConformanceCase> Limits()
    {
        byte[] filled = [.. "{\"id\":7,\"ping\":{\"x\":\""u8, .. Letters(65_536 - 24), .. "\"}}"u8];
        yield return new($"8.1 takes {filled.Length} bytes", [Of(Text, filled)], [new(Text, filled)]);
        yield return new($"8.2 takes {filled.Length} bytes in fragments", Fragments(Text, filled, 100), [new(Text, filled)]);
        foreach (var length in new ulong[] { 1UL << 32, (1UL << 32) + 5, 1UL << 40, long.MaxValue })
            yield return new($"8.3 refuses a length of {length}", [Of(Binary, claimedLength: length)], [Closed(TooBig)]);
        foreach (var length in new[] { 1UL << 63, ulong.MaxValue })
            yield return new($"8.4 refuses a length with the top bit set, {length}", [Of(Binary, claimedLength: length)], [Closed(ProtocolError)]);
        yield return new("8.5 a message too big in its second fragment", [Of(Binary, Letters(60_000), final: false), Of(Continuation, claimedLength: 1 << 24)], [Closed(TooBig)]);
    }

    private static IEnumerable<ConformanceCase> Masking()
    {
        foreach (var opcode in new[] { Text, Binary, Ping, Pong, Close })
            foreach (var size in new[] { 0, 5, 125 })
                yield return new($"9.1 refuses opcode {opcode} without a mask, {size} bytes", [Of(opcode, Letters(size), masked: false)], [Closed(ProtocolError)]);
        yield return new("9.2 refuses a large frame without a mask", [Of(Text, Letters(60_000), masked: false)], [Closed(ProtocolError)]);
        yield return new("9.3 refuses a frame without a mask whose payload looks like a close frame", [Of(Binary, [.. Of(Close), .. Letters(100)], masked: false), .. Repeat(50, OfText("{}"))], [Closed(ProtocolError)]);
        yield return new("9.4 refuses a frame without a mask behind a good message", [OfText(ConformanceCase.Command), Of(Text, PingCommand, masked: false)], [Answer, Closed(ProtocolError)]);
    }

    private static RawFrame Answer => new(Text, PingCommand);

    private static RawFrame Closed(int code) => new(Close, [(byte)(code >> 8), (byte)code]);

    private static byte[] Letters(int count)
    {
        var letters = new byte[count];
        for (var i = 0; i < count; i++)
            letters[i] = (byte)('a' + (i % 23));
        return letters;
    }

    private static byte[] AllBytes() => [.. Enumerable.Range(0, 256).Select(value => (byte)value)];

    private static byte[][] Repeat(int times, byte[] frame) => [.. Enumerable.Repeat(frame, times)];

    private static byte[][] Fragments(int opcode, byte[] payload, int parts)
    {
        var fragments = new byte[parts][];
        for (var i = 0; i < parts; i++)
        {
            var (from, to) = (payload.Length * i / parts, payload.Length * (i + 1) / parts);
            fragments[i] = Of(i == 0 ? opcode : Continuation, payload.AsSpan(from, to - from), final: i == parts - 1);
        }

        return fragments;
    }

    private static byte[] LongForm(byte[] payload, int opcode = Text)
    {
        var frame = Of(opcode, payload);
        return [frame[0], 0x80 | 127, 0, 0, 0, 0, 0, 0, 0, (byte)payload.Length, .. frame.AsSpan(2)];
    }

    private static byte[] ZeroMask(byte[] payload) => [0x80 | Text, (byte)(0x80 | payload.Length), 0, 0, 0, 0, .. payload];
}
