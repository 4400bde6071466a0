using Microsoft.Extensions.Options;
using PushGateway.Connections;

namespace PushGateway.Tests.Connections;

public class MemoryReleaseTests
{
    private readonly TestNode _node = new(options => options.Connections.ConnectTimeout = TimeSpan.FromHours(1));

    [Theory]
    [InlineData(1340, 1010, 1)]
    [InlineData(1332, 999, 0)] // Too few to be worth it.
    [InlineData(2000, 1499, 0)] // Too many are left: it would take long.
    public async Task Memory_is_given_back_once_when_most_clients_have_left(int clients, int leaving, int collections)
    {
        var release = new MemoryRelease(_node.Registry, Options.Create(_node.Options));
        await release.StartAsync(TestContext.Current.CancellationToken);
        var all = Enumerable.Range(0, clients).Select(_ => _node.Open().Connection).ToArray();
        _node.Turn(10);
        foreach (var connection in all[..leaving])
            await connection.EndAsync();
        _node.Turn(60);
        Assert.Equal(collections, release.Collections);
    }

    [Fact]
    public async Task Not_where_it_is_switched_off()
    {
        _node.Options.Connections.ReleaseMemory = false;
        var release = new MemoryRelease(_node.Registry, Options.Create(_node.Options));
        await release.StartAsync(TestContext.Current.CancellationToken);
        var all = Enumerable.Range(0, 1500).Select(_ => _node.Open().Connection).ToArray();
        _node.Turn(10);
        foreach (var connection in all)
            await connection.EndAsync();
        _node.Turn(60);
        Assert.Equal(0, release.Collections);
    }
}
