using PushGateway.IntegrationTests.Infrastructure;

namespace PushGateway.IntegrationTests.Protocol;

public sealed class RedisRecoveryTests(RedisServer redis) : RecoveryContract(
    ("PushGateway:Redis:Connection", redis.ConnectionString),
    ("PushGateway:Redis:Prefix", $"recovery-{Guid.NewGuid():N}"));
