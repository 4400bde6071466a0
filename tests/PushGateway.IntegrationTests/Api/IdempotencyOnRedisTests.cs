namespace PushGateway.IntegrationTests.Api;

/// <summary>Publishing twice on Redis.</summary>
public sealed class IdempotencyOnRedisTests(KeepingNodeOnRedis shared) : IdempotencyContract(shared), IClassFixture<KeepingNodeOnRedis>;
