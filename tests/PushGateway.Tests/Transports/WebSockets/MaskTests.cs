using PushGateway.Transports.WebSockets;

namespace PushGateway.Tests.Transports.WebSockets;

public class MaskTests
{
    private static readonly byte[] Key = [0x11, 0x22, 0x44, 0x88];

    [Fact]
    public void Masks_like_the_RFC_at_every_length_and_in_two_pieces_of_every_size()
    {
        var plain = new byte[150];
        new Random(1).NextBytes(plain);
        for (var length = 0; length <= plain.Length; length++)
            for (var cut = 0; cut <= length; cut++)
            {
                var bytes = plain[..length];
                var mask = Mask.Apply(bytes.AsSpan(0, cut), BitConverter.ToUInt32(Key));
                Mask.Apply(bytes.AsSpan(cut), mask);
                for (var i = 0; i < length; i++)
                    Assert.True(bytes[i] == (byte)(plain[i] ^ Key[i % 4]), $"Byte {i} of {length}, cut at {cut}.");
            }
    }

    [Fact]
    public void Masks_at_every_alignment_and_touches_nothing_around()
    {
        for (var start = 0; start < 64; start++)
            for (var length = 0; length < 100; length++)
            {
                var bytes = new byte[200];
                Mask.Apply(bytes.AsSpan(start, length), BitConverter.ToUInt32(Key));
                for (var i = 0; i < bytes.Length; i++)
                    Assert.Equal(i >= start && i < start + length ? Key[(i - start) % 4] : 0, bytes[i]);
            }
    }

    [Fact]
    public void Masking_twice_gives_the_text_back()
    {
        var bytes = "The same operation masks and unmasks."u8.ToArray();
        Mask.Apply(bytes, 0xDEADBEEF);
        Mask.Apply(bytes, 0xDEADBEEF);
        Assert.Equal("The same operation masks and unmasks."u8, bytes);
    }
}
