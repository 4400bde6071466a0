namespace PushGateway.IntegrationTests.Api;

/// <summary>Publishing in batches on Redis.</summary>
public sealed class BatchOnRedisTests(KeepingNodeOnRedis shared) : BatchContract(shared), IClassFixture<KeepingNodeOnRedis>;
