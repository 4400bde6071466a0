using PushGateway.IntegrationTests.Infrastructure;

namespace PushGateway.IntegrationTests.Protocol;

public sealed class MemoryMembersTests : MembersContract;

public sealed class RedisMembersTests(RedisServer redis) : MembersContract(
    ("PushGateway:Redis:Connection", redis.ConnectionString),
    ("PushGateway:Redis:Prefix", $"members-{Guid.NewGuid():N}"));
