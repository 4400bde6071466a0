using PushGateway.IntegrationTests.Infrastructure;

namespace PushGateway.IntegrationTests.Redis;

/// <summary>Test classes that share a Redis Cluster, one after the other.</summary>
[CollectionDefinition(Name)]
public sealed class OnRedisCluster : ICollectionFixture<RedisClusterServers>
{
    public const string Name = "Redis Cluster";
}
