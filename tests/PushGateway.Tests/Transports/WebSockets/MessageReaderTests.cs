using System.Text;
using PushGateway.Connections;
using PushGateway.Transports.WebSockets;
using static PushGateway.Tests.Transports.WebSockets.ClientFrame;

namespace PushGateway.Tests.Transports.WebSockets;

public class MessageReaderTests
{
    private const int Limit = 70_000;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(125)]
    [InlineData(126)]
    [InlineData(65_535)]
    [InlineData(65_536)]
    [InlineData(Limit)]
    public void Reads_a_message_of_any_length_up_to_the_limit(int length)
    {
        var payload = new byte[length];
        new Random(length).NextBytes(payload);
        Assert.Equal([new Found(Opcode.Binary, payload)], Read(Make(Binary, payload)));
    }

    [Fact]
    public void Reads_messages_however_the_bytes_arrive()
    {
        byte[] input =
        [
            .. Make(Text, "čaj 😀"), .. Make(Ping, "are you there?"), .. Make(TextBegins, "one, "), .. Make(Continues, "two, "), .. Make(Pong, "in between"),
            .. Make(Continues, ""), .. Make(Ping, ""), .. Make(Ends, "three"), .. Make(Binary, ""), .. Make(Binary, new byte[200]), .. Make(BinaryBegins, ""), .. Make(Ends, ""),
            .. Make(Close, [0x03, 0xE8, .. "bye"u8]),
        ];
        Found[] expected =
        [
            new(Opcode.Text, "čaj 😀"), new(Opcode.Ping, "are you there?"), new(Opcode.Pong, "in between"), new(Opcode.Ping, ""), new(Opcode.Text, "one, two, three"),
            new(Opcode.Binary, ""), new(Opcode.Binary, new byte[200]), new(Opcode.Binary, ""), new(Opcode.Close, "\u0003\ufffdbye"),
        ];
        expected[^1] = new Found(Opcode.Close, [0x03, 0xE8, .. "bye"u8]);

        Assert.Equal(expected, Read(input));
        for (var cut = 0; cut <= input.Length; cut++)
            Assert.Equal(expected, Read(input[..cut], input[cut..]));
        Assert.Equal(expected, Read([.. input.Select(one => new[] { one })]));
    }

    [Theory]
    [InlineData(0xC1)]
    [InlineData(0xA1)]
    [InlineData(0x91)]
    [InlineData(0xF9)]
    [InlineData(0xC8)]
    public void A_reserved_bit_is_a_violation(int first) => AssertViolates(CloseReason.ProtocolViolation, Make(first, "x"));

    [Theory]
    [InlineData(0x3)]
    [InlineData(0x4)]
    [InlineData(0x5)]
    [InlineData(0x6)]
    [InlineData(0x7)]
    [InlineData(0xB)]
    [InlineData(0xC)]
    [InlineData(0xD)]
    [InlineData(0xE)]
    [InlineData(0xF)]
    public void A_reserved_opcode_is_a_violation(int opcode)
    {
        AssertViolates(CloseReason.ProtocolViolation, Make(0x80 | opcode, ""));
        AssertViolates(CloseReason.ProtocolViolation, Make(opcode, "x"));
        AssertViolates(CloseReason.ProtocolViolation, [.. Make(TextBegins, "x"), .. Make(0x80 | opcode, "x")]);
    }

    [Theory]
    [InlineData(Text)]
    [InlineData(Binary)]
    [InlineData(Ping)]
    [InlineData(Pong)]
    [InlineData(Close)]
    public void A_frame_without_a_mask_is_a_violation_as_soon_as_its_second_byte_is_there(int first)
    {
        AssertViolates(CloseReason.ProtocolViolation, MakeUnmasked(first, []));
        AssertViolates(CloseReason.ProtocolViolation, MakeUnmasked(first, "x"u8));
        AssertViolates(CloseReason.ProtocolViolation, [(byte)first, 127]);
    }

    [Theory]
    [InlineData(Ping)]
    [InlineData(Pong)]
    [InlineData(Close)]
    public void A_control_frame_is_short_and_whole(int first)
    {
        Assert.Null(Assert.Single(Read(Make(first, [0x03, 0xE8, .. new byte[123]]))).Violation);
        AssertViolates(CloseReason.ProtocolViolation, Make(first, new byte[126]));
        AssertViolates(CloseReason.ProtocolViolation, Make(first, new byte[65_536]));
        AssertViolates(CloseReason.ProtocolViolation, Make(first & 0x0F, "x"));
        AssertViolates(CloseReason.ProtocolViolation, [.. Make(TextBegins, "x"), .. Make(first & 0x0F, "x")]);
    }

    [Fact]
    public void A_continuation_needs_a_beginning()
    {
        AssertViolates(CloseReason.ProtocolViolation, Make(Continues, "x"));
        AssertViolates(CloseReason.ProtocolViolation, Make(Ends, "x"));
        Assert.Equal(
            [new Found(Opcode.Text, "a"), new Found(CloseReason.ProtocolViolation)], Read([.. Make(TextBegins, "a"), .. Make(Ends, ""), .. Make(Ends, "x")]));
    }

    [Theory]
    [InlineData(Text)]
    [InlineData(Binary)]
    [InlineData(TextBegins)]
    [InlineData(BinaryBegins)]
    public void A_new_message_inside_a_fragmented_one_is_a_violation(int first)
    {
        AssertViolates(CloseReason.ProtocolViolation, [.. Make(TextBegins, "x"), .. Make(first, "y")]);
        AssertViolates(CloseReason.ProtocolViolation, [.. Make(BinaryBegins, ""), .. Make(first, "")]);
    }

    [Theory]
    [InlineData(0x8000_0000_0000_0000)]
    [InlineData(ulong.MaxValue)]
    public void A_length_with_its_top_bit_set_is_a_protocol_error(ulong length)
    {
        AssertViolates(CloseReason.ProtocolViolation, MakeHeader(Binary, length));
        AssertViolates(CloseReason.ProtocolViolation, MakeHeader(Ping, length));
    }

    [Theory]
    [InlineData(Limit + 1)]
    [InlineData(0x1_0000_0000)]
    [InlineData(0x1_0000_0000 + 5)]
    [InlineData(long.MaxValue)]
    public void A_message_that_is_too_big_is_refused_by_its_header(long length) => AssertViolates(CloseReason.MessageTooBig, MakeHeader(Binary, (ulong)length));

    [Fact]
    public void A_message_that_is_too_big_in_sum_is_refused_by_the_header_that_makes_it_so()
    {
        byte[] most = [.. Make(BinaryBegins, new byte[Limit - 10]), .. Make(Ping, new byte[100])];
        Assert.Equal([Opcode.Ping, Opcode.Binary], Read([.. most, .. Make(Ends, new byte[10])]).Select(found => found.Opcode));
        Assert.Equal([null, CloseReason.MessageTooBig], Read([.. most, .. MakeHeader(Ends, 11)]).Select(found => found.Violation));
        Assert.Equal([null, CloseReason.MessageTooBig], Read([.. most, .. Make(Continues, new byte[10]), .. MakeHeader(Ends, 1)]).Select(found => found.Violation));
    }

    [Fact]
    public void A_length_in_a_longer_form_than_needed_is_read()
    {
        Assert.Equal([new Found(Opcode.Text, "hi")], Read([0x81, 0xFE, 0, 2, 0, 0, 0, 0, .. "hi"u8]));
        Assert.Equal([new Found(Opcode.Text, "hi")], Read([0x81, 0xFF, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, .. "hi"u8]));
    }

    [Fact]
    public void Text_must_be_UTF8_and_binary_need_not()
    {
        AssertViolates(CloseReason.InvalidUtf8, Make(Text, [0xC3, 0x28]));
        AssertViolates(CloseReason.InvalidUtf8, Make(Text, [0xC3]));
        AssertViolates(CloseReason.InvalidUtf8, [.. Make(TextBegins, [0xE4, 0xB8]), .. Make(Ends, "")]);
        AssertViolates(CloseReason.InvalidUtf8, [.. Make(TextBegins, "fine"), .. Make(Continues, [0xFF])]);
        Assert.Equal([new Found(Opcode.Text, "中")], Read([.. Make(TextBegins, [0xE4]), .. Make(Continues, [0xB8]), .. Make(Ends, [0xAD])]));
        Assert.Equal([new Found(Opcode.Binary, [0xC3, 0x28])], Read(Make(Binary, [0xC3, 0x28])));
        Assert.Equal([new Found(Opcode.Ping, [0xFF])], Read(Make(Ping, [0xFF])));
    }

    [Fact]
    public void Text_that_is_no_UTF8_is_refused_before_its_frame_is_whole()
    {
        var frame = Make(Text, [.. "ab"u8, 0xF4, 0x90, .. new byte[1000]]);
        AssertViolates(CloseReason.InvalidUtf8, frame[..(8 + 4)]);
        Assert.Empty(Read(frame[..(8 + 3)]));
    }

    [Fact]
    public void A_text_that_ended_well_leaves_nothing_to_the_next()
    {
        Assert.Equal(
            [new Found(Opcode.Text, "é"), new Found(Opcode.Binary, [0xC3]), new Found(Opcode.Text, "é")],
            Read([.. Make(Text, "é"), .. Make(Binary, [0xC3]), .. Make(Text, "é")]));
    }

    public static TheoryData<int, byte[]> ViolationsThatKeepFrames { get; } = new()
    {
        { 1007, Make(Text, [0xFF, .. new byte[300]]) },
        { 1009, Make(Binary, new byte[Limit + 1]) },
        { 1002, Make(0x83, "reserved") },
        { 1002, Make(Ping, new byte[126]) },
        { 1002, Make(0xC2, "x") },
        { 1002, [.. Make(TextBegins, "x"), .. Make(Text, "y")] },
    };

    [Theory]
    [MemberData(nameof(ViolationsThatKeepFrames))]
    public void Behind_a_violation_only_a_close_frame_is_found(int code, byte[] violation)
    {
        byte[] input = [.. violation, .. Make(Text, "more"), .. Make(Ping, "more"), .. Make(Text, [0xFF]), .. Make(0x83, ""), .. Make(Close, [0x03, 0xE8])];
        for (var chunk = 1; chunk < 40; chunk += 3)
        {
            var found = Read([.. input.Chunk(chunk)]);
            Assert.Equal(code, (int?)found[0].Violation?.Code);
            Assert.Equal([new Found(Opcode.Close, [])], found.Skip(1));
        }
    }

    [Fact]
    public void Behind_a_violation_nothing_is_kept()
    {
        using var reader = new MessageReader(Limit);
        Memory<byte> input = Make(Text, [0xFF]);
        Assert.True(reader.TryRead(ref input, out var message) && message.Violation == CloseReason.InvalidUtf8);
        var flood = MakeHeader(Binary, long.MaxValue);
        input = flood;
        Assert.False(reader.TryRead(ref input, out _));
        var garbage = new byte[4096];
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            input = garbage;
            Assert.False(reader.TryRead(ref input, out _));
        }

        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 1000);
    }

    [Fact]
    public void The_payload_of_a_message_in_one_piece_is_not_copied()
    {
        using var reader = new MessageReader(Limit);
        Memory<byte> input = Make(Text, "hello");
        var whole = input;
        Assert.True(reader.TryRead(ref input, out var message));
        Assert.True(message.Payload.Span.Overlaps(whole.Span));
    }

    [Fact]
    public void Messages_in_pieces_follow_one_another_with_and_without_a_release_between()
    {
        foreach (var release in new[] { true, false })
        {
            using var reader = new MessageReader(Limit);
            for (var i = 0; i < 100; i++)
            {
                var payload = new byte[(i * 37) % 3000];
                Array.Fill(payload, (byte)i);
                List<byte[]> found = [];
                foreach (var chunk in Make(Binary, payload).Concat(Make(Ping, [(byte)i])).Chunk(17))
                {
                    Memory<byte> input = chunk;
                    while (reader.TryRead(ref input, out var message))
                        found.Add(message.Payload.ToArray());
                    if (release)
                        reader.Release();
                }

                Assert.Equal([payload, [(byte)i]], found);
            }
        }
    }

    [Fact]
    public void A_limit_below_the_first_piece_of_memory_holds_as_well()
    {
        foreach (var limit in new[] { 1, 2, 5, 100, 511, 512 })
        {
            var payload = new byte[limit];
            using var reader = new MessageReader(limit);
            List<Found> found = [];
            foreach (var one in Make(Binary, payload).Concat(MakeHeader(Binary, (ulong)limit + 1)))
            {
                Memory<byte> input = new[] { one };
                while (reader.TryRead(ref input, out var message))
                    found.Add(Found.From(message));
            }

            Assert.Equal([new Found(Opcode.Binary, payload), new Found(CloseReason.MessageTooBig)], found);
        }
    }

    [Fact]
    public void Valid_messages_come_out_as_they_went_in_however_they_are_fragmented_and_chunked()
    {
        var random = new Random(4711);
        for (var round = 0; round < 400; round++)
        {
            List<Found> expected = [];
            List<byte> input = [];
            for (var messages = random.Next(1, 8); messages > 0; messages--)
                WriteMessage(random, input, expected);

            List<byte[]> chunks = [];
            for (var at = 0; at < input.Count;)
            {
                var size = Math.Min(random.Next(3) == 0 ? random.Next(1, 4) : random.Next(1, 5000), input.Count - at);
                chunks.Add([.. input.GetRange(at, size)]);
                at += size;
            }

            Assert.Equal(expected, Read([.. chunks]));
        }
    }

    [Fact]
    public void Random_bytes_never_throw_and_end_in_at_most_one_violation()
    {
        var random = new Random(815);
        for (var round = 0; round < 30_000; round++)
        {
            var bytes = new byte[random.Next(1, 120)];
            random.NextBytes(bytes);
            for (var i = 0; i < bytes.Length; i += random.Next(2, 30))
                (bytes[i], bytes[Math.Min(i + 1, bytes.Length - 1)]) = ((byte)(random.Next(2) << 7 | random.Next(11)), (byte)(0x80 | random.Next(20)));

            var found = Read([.. bytes.Chunk(random.Next(1, 40))]);
            Assert.True(found.Count(one => one.Violation is not null) <= 1);
            var violation = found.FindIndex(one => one.Violation is not null);
            if (violation >= 0)
                Assert.All(found.Skip(violation + 1), one => Assert.Equal(Opcode.Close, one.Opcode));
        }
    }

    private static void WriteMessage(Random random, List<byte> input, List<Found> expected)
    {
        var text = random.Next(2) == 0;
        var payload = text
            ? Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, random.Next(0, 600)).Select(_ => random.Next(3) switch { 0 => "x", 1 => "é", _ => "😀" })))
            : new byte[random.Next(4) == 0 ? random.Next(60_000, Limit) : random.Next(300)];
        if (!text)
            random.NextBytes(payload);

        var opcode = text ? Opcode.Text : Opcode.Binary;
        var fragments = random.Next(1, 6);
        var at = 0;
        for (var i = 1; i <= fragments; i++)
        {
            while (random.Next(3) == 0)
            {
                var control = new Found(random.Next(2) == 0 ? Opcode.Ping : Opcode.Pong, new byte[random.Next(126)]);
                random.NextBytes(control.Payload);
                input.AddRange(Make(control.Opcode, true, control.Payload, (uint)random.Next()));
                expected.Add(control);
            }

            var end = i == fragments ? payload.Length : random.Next(at, payload.Length + 1);
            input.AddRange(Make(i == 1 ? opcode : Opcode.Continuation, i == fragments, payload.AsSpan(at, end - at), (uint)random.Next()));
            at = end;
        }

        expected.Add(new Found(opcode, payload));
    }

    private static void AssertViolates(CloseReason expected, byte[] input)
    {
        Assert.Equal(expected, Read(input)[0].Violation);
        Assert.Equal(expected, Read([.. input.Select(one => new[] { one })])[0].Violation);
    }

    private static List<Found> Read(params byte[][] chunks)
    {
        using var reader = new MessageReader(Limit);
        List<Found> found = [];
        foreach (var chunk in chunks)
        {
            Memory<byte> input = chunk.ToArray();
            while (reader.TryRead(ref input, out var message))
                found.Add(Found.From(message));
            Assert.True(input.IsEmpty);
            reader.Release();
        }

        return found;
    }

    /// <summary>A message with a copy of its payload, compared by value.</summary>
    private sealed record Found(Opcode Opcode, byte[] Payload, CloseReason? Violation = null)
    {
        public Found(Opcode opcode, string payload) : this(opcode, Encoding.UTF8.GetBytes(payload)) { }

        public Found(CloseReason violation) : this(default, [], violation) { }

        public static Found From(Message message) => new(message.Opcode, message.Payload.ToArray(), message.Violation);

        public bool Equals(Found? other) =>
            other is not null && Opcode == other.Opcode && Violation == other.Violation && Payload.AsSpan().SequenceEqual(other.Payload);

        public override int GetHashCode() => HashCode.Combine(Opcode, Payload.Length, Violation);

        public override string ToString() => $"{Opcode} {Payload.Length} bytes {Violation}";
    }
}
