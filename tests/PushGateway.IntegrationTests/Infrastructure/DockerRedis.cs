using System.Globalization;
using System.Text;
using DotNet.Testcontainers.Builders;
using DotNet.Testcontainers.Containers;
using Testcontainers.Redis;

namespace PushGateway.IntegrationTests.Infrastructure;

/// <summary>A Redis in a container.</summary>
internal sealed class DockerRedis : RedisHost
{
    public const string ImageVariable = "PUSHGATEWAY_TEST_REDIS_IMAGE";
    public const string OfficialImage = "redis:7.4-alpine";

    // test.sh removes what carries its run's label, should a test process die before it could clean up.
    private const string RunVariable = "PUSHGATEWAY_TEST_RUN";
    private const string RunLabel = "pushgateway.test.run";

    // Enough to pull the image; a start without a pull takes about a second.
    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(2);

    private const string FolderOfFiles = "/given";

    private readonly IContainer _container;

    private DockerRedis(string image, RedisProgram program)
    {
        var port = FindPort();
        var portText = port.ToString(CultureInfo.InvariantCulture);
        var run = Environment.GetEnvironmentVariable(RunVariable);
        Description = $"Docker image {image}";
        ConnectionString = Loopback(port);
        var label = string.IsNullOrEmpty(run) ? Environment.ProcessId.ToString(CultureInfo.InvariantCulture) : run;
        if (!program.IsMember)
        {
            _container = new RedisBuilder(image).WithPortBinding(port, RedisBuilder.RedisPort).WithCommand(program.Arguments).WithLabel(RunLabel, label).Build();
            return;
        }

        string[] arguments = ["--port", portText, "--bind", "127.0.0.1", .. program.Files.Count > 0 ? ["--dir", FolderOfFiles] : (string[])[], .. program.Arguments];
        var builder = new ContainerBuilder(image);
        foreach (var (name, text) in program.Files)
            builder = builder.WithResourceMapping(Encoding.UTF8.GetBytes(text), $"{FolderOfFiles}/{name}");
        _container = builder
            .WithCreateParameterModifier(static parameters => parameters.HostConfig!.NetworkMode = "host")
            .WithCommand(program.IsSentinel ? ["sh", "-c", ": >sentinel.conf && exec redis-server sentinel.conf --sentinel \"$@\"", "sh", .. arguments] : arguments)
            .WithWaitStrategy(Wait.ForUnixContainer().UntilCommandIsCompleted("redis-cli", "-p", portText, "ping"))
            .WithLabel(RunLabel, label)
            .Build();
    }

    public static bool IsDemanded => NamedImage is not null;

    public override string ConnectionString { get; }

    public override string Description { get; }

    private static string? NamedImage =>
        Environment.GetEnvironmentVariable(ImageVariable) is { Length: > 0 } image ? image : null;

    public static async Task<DockerRedis> StartNewAsync(RedisProgram program, CancellationToken cancellationToken)
    {
        var redis = new DockerRedis(NamedImage ?? OfficialImage, program);
        try
        {
            await redis.StartAsync(cancellationToken);
            return redis;
        }
        catch
        {
            await redis.DisposeAsync();
            throw;
        }
    }

    public override Task StopAsync(CancellationToken cancellationToken) => _container.StopAsync(cancellationToken);

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(StartLimit);
        await _container.StartAsync(limit.Token);
    }

    public override Task PauseAsync(CancellationToken cancellationToken) => _container.PauseAsync(cancellationToken);

    public override Task ResumeAsync(CancellationToken cancellationToken) => _container.UnpauseAsync(cancellationToken);

    public override ValueTask DisposeAsync() => _container.DisposeAsync();
}
