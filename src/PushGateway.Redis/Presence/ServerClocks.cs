using System.Text;
using PushGateway.Channels;
using PushGateway.Redis.Brokers;
using PushGateway.Redis.PubSub;

namespace PushGateway.Redis.Presence;

/// <summary>The time of the Redis that has a channel. The primaries of a Redis Cluster each have their own clock, which is known from the first answer for a slot on.</summary>
/// <param name="redis">Tells whether it is a cluster.</param>
/// <param name="first">The clock of the only Redis, or the one to go by until there is an answer.</param>
internal sealed class ServerClocks(RedisConnection redis, RedisClock first)
{
    private readonly RedisClock?[] _slots = new RedisClock?[HashSlot.Count];

    /// <summary>The time of the channel's Redis so long from now, in Unix ms.</summary>
    public long In(TimeSpan span, string channel) => (redis.IsSharded ? Slot(channel) ?? first : first).ToRedis(first.Now + span);

    /// <summary>See <see cref="RedisClock.Sample"/>.</summary>
    public void Sample(string channel, DateTimeOffset asked, long redisTime)
    {
        if (redis.IsSharded)
            (Slot(channel) ??= new RedisClock(redis.Time)).Sample(asked, redisTime);
        else
            first.Sample(asked, redisTime);
    }

    private ref RedisClock? Slot(string channel)
    {
        Span<byte> name = stackalloc byte[ChannelName.MaxBytes];
        return ref _slots[HashSlot.Of(name[..Encoding.ASCII.GetBytes(channel, name)])];
    }
}
