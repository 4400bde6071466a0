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
        using var release = new MemoryRelease(_node.Registry, Options.Create(_node.Options));
        var all = Enumerable.Range(0, clients).Select(_ => _node.Open().Connection).ToArray();
        release.Look();
        foreach (var connection in all[..leaving])
            await connection.EndAsync();
        for (var looks = 0; looks < 3; looks++)
            release.Look();
        Assert.Equal(collections, release.Collections);
    }
}
