using System.Text;
using System.Text.Json;
using PushGateway.Channels;

namespace PushGateway.Tests.Fanout;

/// <summary>Which clients get differences, and when.</summary>
public class DeltaTests
{
    private static readonly string First = State(1), Second = State(2), Third = State(3);

    private readonly TestNode _node = new(options =>
    {
        options.Connections.PingInterval = TimeSpan.FromHours(1);
        options.Namespaces["state"] = new ChannelOptions { Delta = true, KeepLatest = true };
        options.Namespaces["kept"] = new ChannelOptions { Delta = true, HistorySize = 10 };
    });

    [Fact]
    public async Task The_first_publication_comes_whole_and_those_behind_it_as_differences()
    {
        var client = await SubscribeAsync("state:a");
        Assert.Equal("""{"id":2,"subscribe":{"delta":true}}""", client.LastText);
        _node.Deliver("state:a", First);
        Assert.Equal((First, false), Last(client));
        _node.Deliver("state:a", Second);
        var (data, isDelta) = Last(client);
        Assert.True(isDelta);
        Assert.InRange(data.Length, 1, 60);
    }

    [Fact]
    public async Task Others_on_the_channel_get_it_as_it_is()
    {
        var client = await SubscribeAsync("state:a");
        var plain = await _node.ConnectAsync();
        await plain.SubscribeAsync("state:a");
        Assert.Equal("""{"id":2,"subscribe":{}}""", plain.LastText);
        foreach (var state in new[] { First, Second })
        {
            _node.Deliver("state:a", state);
            Assert.Equal("""{"push":{"channel":"state:a","pub":{"data":""" + state + "}}}", plain.LastText);
        }

        Assert.True(Last(client).IsDelta);
    }

    [Fact]
    public async Task Who_joins_later_begins_with_a_whole_one()
    {
        var client = await SubscribeAsync("state:a");
        _node.Deliver("state:a", First);
        var late = await SubscribeAsync("state:a");
        _node.Deliver("state:a", Second);
        Assert.Equal((true, false), (Last(client).IsDelta, Last(late).IsDelta));
        _node.Deliver("state:a", Third);
        Assert.Equal((true, true), (Last(client).IsDelta, Last(late).IsDelta));
    }

    [Fact]
    public async Task Behind_one_that_may_be_dropped_on_its_way_comes_a_whole_one()
    {
        var client = await SubscribeAsync("state:a");
        _node.Deliver("state:a", First);
        _node.Hub.Deliver("state:a", new Publication(Encoding.UTF8.GetBytes(Second)) { CollapseKey = "k" });
        _node.Deliver("state:a", Third);
        Assert.Equal((Third, false), Last(client));
    }

    [Fact]
    public async Task A_difference_that_is_no_smaller_is_not_sent()
    {
        var client = await SubscribeAsync("state:a");
        _node.Deliver("state:a", First);
        _node.Deliver("state:a", "1");
        Assert.Equal(("1", false), Last(client));
        _node.Deliver("state:a", Second);
        Assert.Equal((Second, false), Last(client));
    }

    [Fact]
    public async Task A_publication_that_the_client_was_brought_beyond_is_no_base_for_the_next()
    {
        var history = new ScriptedHistory(_node, "kept:a") { Payload = offset => State((int)offset) };
        await SubscribeAsync("kept:a");
        var late = Assert.Single(history.Append());
        var client = await _node.ConnectAsync();
        await client.SendAsync("""{"id":2,"subscribe":{"channel":"kept:a","delta":"fossil","recover":true,"epoch":"another"}}""");
        Assert.Contains("\"offset\":1", client.LastText, StringComparison.Ordinal);
        history.Send(late);
        history.Publish();
        Assert.Equal((State(2), false), Last(client));
        history.Publish();
        Assert.True(Last(client).IsDelta);
    }

    [Fact]
    public async Task What_is_recovered_comes_whole()
    {
        var history = new ScriptedHistory(_node, "kept:a");
        history.Append(2);
        var client = await _node.ConnectAsync();
        await client.SendAsync("""{"id":2,"subscribe":{"channel":"kept:a","delta":"fossil","recover":true,"epoch":"e","offset":0}}""");
        Assert.Equal(
            """{"id":2,"subscribe":{"recoverable":true,"epoch":"e","publications":[{"data":"1","offset":1},{"data":"2","offset":2}],"recovered":true,"positioned":true,"was_recovering":true,"delta":true}}""",
            client.LastText);
    }

    [Theory]
    [InlineData("x", "fossil")]
    [InlineData("state:a", "other")]
    public async Task Where_it_is_not_allowed_or_not_known_nothing_changes(string channel, string delta)
    {
        var client = await _node.ConnectAsync();
        await client.SendAsync($$$"""{"id":2,"subscribe":{"channel":"{{{channel}}}","delta":"{{{delta}}}"}}""");
        Assert.Equal("""{"id":2,"subscribe":{}}""", client.LastText);
        _node.Deliver(channel, "[1]");
        Assert.Contains("\"data\":[1]", client.LastText, StringComparison.Ordinal);
    }

    private async Task<TestClient> SubscribeAsync(string channel)
    {
        var client = await _node.ConnectAsync();
        await client.SendAsync($$$"""{"id":2,"subscribe":{"channel":"{{{channel}}}","delta":"fossil"}}""");
        return client;
    }

    private static (string Data, bool IsDelta) Last(TestClient client)
    {
        var publication = JsonDocument.Parse(client.LastText).RootElement.GetProperty("push").GetProperty("pub");
        return (publication.GetProperty("data").GetString()!, publication.TryGetProperty("delta", out _));
    }

    private static string State(int number) => $$$"""{"name":"a state of many fields","fields":[{{{string.Join(',', Enumerable.Range(100, 50))}}}],"number":{{{number}}}}""";
}
