using PushGateway.IntegrationTests.Infrastructure;

namespace PushGateway.IntegrationTests.Api;

/// <summary>A <see cref="PresenceNode"/> on the Redis that all tests share, with names of its own in it.</summary>
public sealed class PresenceNodeOnRedis(RedisServer redis)
    : PresenceNode(("PushGateway:Redis:Connection", redis.ConnectionString), ("PushGateway:Redis:Prefix", $"t{Guid.NewGuid():N}"));
