using PushGateway.IntegrationTests.Infrastructure;

namespace PushGateway.IntegrationTests.Page;

/// <summary>The page at <c>/</c> in a real browser. What is checked is in <c>tests/clients/page</c>; this starts the server for it.</summary>
public sealed class FirstPageTests
{
    private const string ChromiumVariable = "PUSHGATEWAY_TEST_CHROMIUM";
    private const string ArtifactsVariable = "PUSHGATEWAY_TEST_ARTIFACTS";

    // The checks stop themselves after 90 s; this is for a browser that does not.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    [Fact]
    public async Task A_developer_can_try_everything_on_it()
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(Patience);
        await using var node = GatewayNode.StartAsShipped();
        var artifacts = Path.Combine(Environment.GetEnvironmentVariable(ArtifactsVariable) ?? Path.Combine(Repository.Root, "artifacts"), "page");
        var chromium = Environment.GetEnvironmentVariable(ChromiumVariable) is { Length: > 0 } named ? named : SearchPath.Find("chromium");
        Assert.True(chromium is not null, $"Install chromium, or name it by {ChromiumVariable}; ./test.sh does so.");
        await using var checks = ChildProcess.Start(
            "node",
            [Path.Combine(Repository.Root, "tests", "clients", "page", "page.test.mjs"), "--url", node.Address.ToString(), "--chromium", chromium, "--artifacts", artifacts]);

        var seen = new List<string>();
        await foreach (var line in checks.Lines.ReadAllAsync(limit.Token))
        {
            seen.Add(line);
            TestContext.Current.TestOutputHelper?.WriteLine(line);
        }

        var exitCode = await checks.ExitAsync(limit.Token);
        Assert.True(exitCode == 0, $"The page failed. {string.Join('\n', seen.TakeLast(3))}\n{checks.Errors}");
        Assert.NotEmpty(Directory.GetFiles(artifacts, "*.png"));
    }

    [Fact]
    public async Task It_is_not_served_in_production()
    {
        await using var node = GatewayNode.StartIn("Production", ("PushGateway:Security:ApiKeys:0", "a-key-of-the-page-tests"));
        Assert.Equal(System.Net.HttpStatusCode.NotFound, (await node.Http.GetAsync("/", TestContext.Current.CancellationToken)).StatusCode);
        Assert.Equal(System.Net.HttpStatusCode.NotFound, (await node.Http.GetAsync("/index.html", TestContext.Current.CancellationToken)).StatusCode);
    }
}
