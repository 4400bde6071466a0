using System.Text;
using PushGateway.Transports.WebSockets;

namespace PushGateway.Tests.Transports.WebSockets;

public class Utf8CheckTests
{
    private static readonly string[] Characters = ["a", "\0", "\u007f", "\u0080", "é", "\u07ff", "\u0800", "中", "\ud7ff", "\ue000", "\uffff", "\U00010000", "😀", "\U0010ffff"];

    // Each is valid up to its last byte, and that byte makes it invalid.
    public static TheoryData<string> Invalid { get; } =
    [
        "80", "BF", "C0", "C1", "F5", "F8", "FC", "FE", "FF",
        "C220", "C2C2", "C2FF", "E09F", "E080", "E020", "E0A020", "E0A0C0", "EDA0", "EDBF", "EF20", "EFBFC0",
        "F08F", "F080", "F020", "F09020", "F0908020", "F09080C0", "F490", "F4BF", "F48FBF20", "41C3A980", "F09F988080",
    ];

    [Theory]
    [MemberData(nameof(Invalid))]
    public void An_error_is_reported_with_the_byte_that_makes_it_wherever_the_text_is_cut(string hex)
    {
        foreach (var prefix in new[] { "", "plain text of more than one vector, plain text", "é", "😀中" })
        {
            byte[] text = [.. Encoding.UTF8.GetBytes(prefix), .. Convert.FromHexString(hex)];
            for (var cut = 0; cut <= text.Length - 1; cut++)
            {
                var check = new Utf8Check();
                Assert.True(check.Add(text.AsSpan(0, cut)), $"{hex} cut at {cut}");
                Assert.True(check.Add(text.AsSpan(cut, text.Length - 1 - cut)), $"{hex} cut at {cut}");
                Assert.False(check.Add(text.AsSpan(text.Length - 1)), $"{hex} cut at {cut}");
            }

            var whole = new Utf8Check();
            Assert.False(whole.Add([.. text, .. "more"u8]));
        }
    }

    [Fact]
    public void Valid_text_is_valid_however_it_is_cut()
    {
        var text = Encoding.UTF8.GetBytes(string.Concat(Characters));
        for (var first = 0; first <= text.Length; first++)
            for (var second = first; second <= text.Length; second++)
            {
                var check = new Utf8Check();
                Assert.True(check.Add(text.AsSpan(0, first)) && check.Add(text.AsSpan(first, second - first)) && check.Add(text.AsSpan(second)) && check.End());
            }
    }

    [Fact]
    public void A_text_must_not_end_inside_a_character_and_the_check_is_then_ready_for_the_next()
    {
        foreach (var character in Characters.Select(Encoding.UTF8.GetBytes))
            for (var length = 0; length <= character.Length; length++)
            {
                var check = new Utf8Check();
                Assert.True(check.Add(character.AsSpan(0, length)));
                Assert.Equal(length == 0 || length == character.Length, check.End());
                Assert.True(check.Add("next"u8) && check.End());
            }
    }

    [Fact]
    public void Agrees_with_a_reference_decoder_on_random_bytes_cut_at_random_places()
    {
        var random = new Random(20260101);
        for (var round = 0; round < 30_000; round++)
        {
            var text = RandomText(random);
            var (valid, firstBad) = Reference(text);

            var check = new Utf8Check();
            var seen = 0;
            var ok = true;
            while (ok && seen < text.Length)
            {
                var piece = Math.Min(random.Next(0, 12), text.Length - seen);
                ok = check.Add(text.AsSpan(seen, piece));
                seen += piece;
                // No later than the piece that has the bad byte, and no earlier.
                Assert.True(ok == (seen <= firstBad), $"{Convert.ToHexString(text)}: {seen} bytes seen, byte {firstBad} is bad.");
            }

            if (ok)
                Assert.True(check.End() == valid, Convert.ToHexString(text));
        }
    }

    private static byte[] RandomText(Random random)
    {
        List<byte> text = [];
        for (var parts = random.Next(1, 12); parts > 0; parts--)
            text.AddRange(Encoding.UTF8.GetBytes(Characters[random.Next(Characters.Length)]));
        for (var damages = random.Next(0, 3); damages > 0 && text.Count > 0; damages--)
        {
            var at = random.Next(text.Count);
            if (random.Next(2) == 0)
                text.RemoveAt(at);
            else
                text[at] = (byte)random.Next(256);
        }

        return [.. text];
    }

    /// <summary>Whether the text is valid, and the index of the first byte behind which no continuation could make it so; its length if there is none.</summary>
    private static (bool Valid, int FirstBad) Reference(byte[] text)
    {
        var strict = new UTF8Encoding(false, throwOnInvalidBytes: true);
        for (var length = 1; length <= text.Length; length++)
        {
            var decoder = strict.GetDecoder();
            try
            {
                _ = decoder.GetCharCount(text, 0, length, flush: false);
            }
            catch (DecoderFallbackException)
            {
                return (false, length - 1);
            }
        }

        try
        {
            _ = strict.GetCharCount(text);
            return (true, text.Length);
        }
        catch (DecoderFallbackException)
        {
            return (false, text.Length);
        }
    }
}
