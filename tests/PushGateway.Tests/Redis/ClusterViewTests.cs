using System.Net;
using PushGateway.Redis;

namespace PushGateway.Tests.Redis;

public sealed class ClusterViewTests
{
    private static readonly EndPoint Asked = IPEndPoint.Parse("10.0.0.9:6379");

    [Fact]
    public void Each_slot_is_at_the_primary_that_has_it_and_the_highest_epoch_counts()
    {
        const string Nodes =
            """
            31dd 127.0.0.1:17003@27003 master - 0 1795380789307 3 connected 10923-16383
            a691 127.0.0.1:17002@27002,host.example master,fail? - 0 1795380789307 12 disconnected 5461-5463 5465 [5464->-31dd]
            7839 127.0.0.1:17004@27004 slave f302 0 1795380789508 4 connected
            f302 :17001@27001 myself,master - 0 1795380789000 1 connected 0-5460

            """;

        var view = ClusterView.Parse(Nodes, Asked);

        Assert.True(view.Topology.IsCluster);
        Assert.Equal(12, view.Epoch);
        Assert.Equal(Asked, view.Topology[0]);
        Assert.Equal(Asked, view.Topology[5460]);
        Assert.Equal(IPEndPoint.Parse("127.0.0.1:17002"), view.Topology[5461]);
        Assert.Null(view.Topology[5464]);
        Assert.Equal(IPEndPoint.Parse("127.0.0.1:17002"), view.Topology[5465]);
        Assert.Null(view.Topology[5466]);
        Assert.Equal(IPEndPoint.Parse("127.0.0.1:17003"), view.Topology[16383]);
        Assert.Equal(3, view.Topology.Primaries.Count());
    }

    [Theory]
    [InlineData("ERR")]
    [InlineData("31dd 127.0.0.1:17003@27003 master - 0 0 x connected 0-1")]
    public void What_is_no_such_answer_is_refused(string nodes) => Assert.Throws<FormatException>(() => ClusterView.Parse(nodes, Asked));

    [Fact]
    public void Slots_that_cannot_be_are_passed_over() =>
        Assert.Empty(ClusterView.Parse("31dd 127.0.0.1:17003@27003 master - 0 0 1 connected 5-4 16384 -1 1- 0-99999", Asked).Topology.Primaries);
}
