namespace PushGateway.IntegrationTests.Api;

/// <summary>Histories on Redis.</summary>
public sealed class HistoryOnRedisTests(KeepingNodeOnRedis shared) : HistoryContract(shared), IClassFixture<KeepingNodeOnRedis>;
