namespace PushGateway.IntegrationTests.Infrastructure;

/// <summary>A Redis that somebody else runs, named by its connection string.</summary>
internal sealed class GivenRedis(string connectionString) : RedisHost
{
    public const string Variable = "PUSHGATEWAY_TEST_REDIS";

    public override string ConnectionString => connectionString;

    public override string Description => $"given by {Variable}";

    public static GivenRedis? FromEnvironment() =>
        Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } given ? new GivenRedis(given) : null;

    public override Task StopAsync(CancellationToken cancellationToken) => throw NotOurs();

    public override Task StartAsync(CancellationToken cancellationToken) => throw NotOurs();

    public override Task PauseAsync(CancellationToken cancellationToken) => throw NotOurs();

    public override Task ResumeAsync(CancellationToken cancellationToken) => throw NotOurs();

    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static NotSupportedException NotOurs() => new($"The Redis given by {Variable} is not the tests' to stop.");
}
