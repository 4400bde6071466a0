namespace PushGateway.IntegrationTests.Api;

/// <summary>Who is in a channel, on Redis.</summary>
public sealed class PresenceOnRedisTests(PresenceNodeOnRedis shared) : PresenceContract(shared), IClassFixture<PresenceNodeOnRedis>;

/// <summary>Who is online, on Redis.</summary>
public sealed class UserPresenceOnRedisTests(PresenceNodeOnRedis shared) : UserPresenceContract(shared), IClassFixture<PresenceNodeOnRedis>;
