using PushGateway.Redis.PubSub;

namespace PushGateway.Redis.Publishing;

/// <summary>The answers of a connection, one behind the other.</summary>
internal sealed class ReplyStream(TimeProvider time)
{
    private readonly ReadBuffer _buffer = new();
    private long _heardAt = time.GetTimestamp();

    /// <summary>When anything was heard last.</summary>
    public long HeardAt => Volatile.Read(ref _heardAt);

    /// <summary>Waits for the next answer. It is good until the next call.</summary>
    /// <exception cref="EndOfStreamException">The connection was closed.</exception>
    /// <exception cref="IOException">The connection failed, or what came is no answer.</exception>
    public ReadOnlySpan<byte> Read(Stream stream)
    {
        while (true)
        {
            var unread = _buffer.Unread.Span;
            long length = 0;
            var status = unread.IsEmpty ? ParseStatus.Incomplete : Reply.Measure(unread, out length);
            if (status is ParseStatus.Complete)
            {
                _buffer.Advance((int)length);
                return unread[..(int)length];
            }

            if (status is not ParseStatus.Incomplete)
                throw new IOException("What Redis sent is not its protocol.");
            _buffer.MakeRoom(length);
            if (!_buffer.Fill(stream))
                throw new EndOfStreamException("Redis closed the connection.");
            Volatile.Write(ref _heardAt, time.GetTimestamp());
        }
    }
}
