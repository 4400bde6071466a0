using PushGateway.Redis.PubSub;

namespace PushGateway.Tests.Redis;

public sealed class ReadBufferTests
{
    private readonly ReadBuffer _buffer = new();

    [Fact]
    public void A_long_message_comes_as_one_slice_and_the_room_for_it_goes()
    {
        const int Length = 3_000_000;
        using var stream = new MemoryStream(Bytes(Length));
        do
            _buffer.MakeRoom(Length);
        while (_buffer.Unread.Length < Length && _buffer.Fill(stream));

        Assert.Equal(Bytes(Length), _buffer.Unread.ToArray());

        _buffer.Advance(Length);
        _buffer.MakeRoom(0);
        Assert.True(_buffer.Fill(new MemoryStream(new byte[Length])));
        Assert.InRange(_buffer.Unread.Length, 1, 64 * 1024);
    }

    [Fact]
    public void What_is_not_used_yet_stays_through_any_number_of_fills()
    {
        var sent = Bytes(1_000_000);
        using var stream = new MemoryStream(sent);
        var random = new Random(1);
        var received = new List<byte>();
        long needed = 0;
        while (true)
        {
            _buffer.MakeRoom(needed);
            if (!_buffer.Fill(stream))
                break;
            var used = random.Next(_buffer.Unread.Length + 1);
            received.AddRange(_buffer.Unread[..used].ToArray());
            _buffer.Advance(used);
            needed = _buffer.Unread.Length + random.Next(1, 100);
        }

        received.AddRange(_buffer.Unread.ToArray());
        Assert.Equal(sent, received);
    }

    [Fact]
    public void Skipping_passes_over_what_has_not_come_yet()
    {
        using var stream = new MemoryStream([.. new byte[500_000], 1, 2, 3]);
        _buffer.MakeRoom(0);
        Assert.True(_buffer.Fill(stream));
        _buffer.Skip(500_000);
        do
            _buffer.MakeRoom(0);
        while (_buffer.Unread.IsEmpty && _buffer.Fill(stream));

        Assert.Equal([1, 2, 3], _buffer.Unread.ToArray());
    }

    private static byte[] Bytes(int count)
    {
        var bytes = new byte[count];
        new Random(count).NextBytes(bytes);
        return bytes;
    }
}
