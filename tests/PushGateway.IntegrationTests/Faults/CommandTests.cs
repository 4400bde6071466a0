using System.Text.RegularExpressions;
using PushGateway.Faults;
using PushGateway.IntegrationTests.Infrastructure;

namespace PushGateway.IntegrationTests.Faults;

/// <summary>The command that keeps account of a deployment, as users call it.</summary>
public sealed partial class CommandTests(FaultyCluster cluster) : IClassFixture<FaultyCluster>, IDisposable
{
    private readonly StringWriter _output = new(), _errors = new();

    public void Dispose()
    {
        _output.Dispose();
        _errors.Dispose();
    }

    [Fact]
    public async Task It_says_that_the_promise_was_kept()
    {
        Assert.Equal(0, await RunAsync("--key", NodeProcess.Key, "--namespace", NodePair.Kept, "--subscribers", "2", "--channels", "3", "--duration", "00:00:02"));
        Assert.Contains("The promise was kept: each of ", _output.ToString(), StringComparison.Ordinal);
        Assert.Contains("subscriber 1: connected 1 times; lost nothing", _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_history_it_warns()
    {
        Assert.Equal(0, await RunAsync("--key", NodeProcess.Key, "--subscribers", "1", "--channels", "1", "--duration", "00:00:01", "--no-retries"));
        Assert.Contains("These channels keep no history", _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_that_is_not_known_gives_no_verdict()
    {
        Assert.Equal(2, await RunAsync("--key", "another-key-altogether", "--subscribers", "1", "--channels", "1", "--duration", "00:00:01"));
        Assert.Contains("No verdict: nothing was acknowledged. 401", _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_namespace_that_is_not_there_gives_no_verdict()
    {
        Assert.Equal(2, await RunAsync("--key", NodeProcess.Key, "--namespace", "nowhere", "--subscribers", "1", "--channels", "1"));
        Assert.Contains("cannot subscribe: a channel was closed to it with 102", _errors.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--channels 1", "Name at least one node")]
    [InlineData("--node nonsense", "--node must be an address")]
    [InlineData("--node http://a --channels 0", "--channels must be a number from 1 to 1000")]
    [InlineData("--node http://a --duration 5", "--duration must be a time such as 00:05:00")]
    [InlineData("--node http://a --speed 5", "There is no option --speed")]
    [InlineData("--node http://a --key", "--key needs a value")]
    [InlineData("--node http://a --clients /nowhere", "There is no /nowhere/witness.mjs")]
    public async Task What_it_cannot_work_with_is_named(string line, string complaint)
    {
        Assert.Equal(2, await Command.RunAsync(line.Split(' '), _output, _errors));
        Assert.Contains(complaint, _errors.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_option_is_in_its_help()
    {
        Assert.Equal(0, await Command.RunAsync(["--help"], _output, _errors));
        var options = Option().Matches(Repository.Read("tests/PushGateway.Faults/CommandLine.cs")).Select(option => option.Groups[1].Value).ToHashSet();
        Assert.Equal(12, options.Count);
        Assert.All(options, option => Assert.Contains($"  {option}", _output.ToString(), StringComparison.Ordinal));
    }

    private Task<int> RunAsync(params string[] arguments) =>
        Command.RunAsync([.. cluster.Nodes.SelectMany(node => (string[])["--node", node.Address.OriginalString]), .. arguments], _output, _errors);

    // As the source compares it: in quotes.
    [GeneratedRegex(@"""(--[a-z-]+)""")]
    private static partial Regex Option();
}
