using PushGateway.Brokers;
using PushGateway.Channels;
using PushGateway.Presence;
using PushGateway.Tests.Presence;

namespace PushGateway.Tests.Fanout;

public class RosterTests
{
    private static readonly ClientInfo Ann = new("ann", "a"), Bob = new("bob", "b"), Cid = new("cid", "c");

    private readonly TestNode _node = new(options => options.Channels.JoinLeave = true);

    [Fact]
    public async Task Who_asks_for_it_is_told_who_joins_and_leaves()
    {
        var client = await JoinAsync();
        Deliver(PresenceChangeKind.Joined, 0, 5, Ann);
        Assert.Equal("""{"push":{"channel":"news","join":{"info":{"user":"ann","client":"a"}}}}""", client.LastText);
        Deliver(PresenceChangeKind.Left, 5, 6, Ann);
        Assert.Equal("""{"push":{"channel":"news","leave":{"info":{"user":"ann","client":"a"}}}}""", client.LastText);
    }

    [Fact]
    public async Task What_is_known_of_connection_and_channel_is_told_with_it()
    {
        var client = await JoinAsync();
        Deliver(PresenceChangeKind.Joined, 0, 5, Ann with { ConnectionInfo = """{"name":"Ann"}""", ChannelInfo = "[1]" });
        Assert.Equal("""{"push":{"channel":"news","join":{"info":{"user":"ann","client":"a","conn_info":{"name":"Ann"},"chan_info":[1]}}}}""", client.LastText);
    }

    [Fact]
    public async Task Who_does_not_ask_is_not_told()
    {
        var client = await _node.ConnectAsync();
        await client.SubscribeAsync("news");
        var before = client.Texts.Count;
        Deliver(PresenceChangeKind.Joined, 0, 5, Ann);
        Assert.Equal(before, client.Texts.Count);
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(false, false)]
    public async Task The_channel_says_whether_one_may_ask_and_whether_one_must_know(bool force, bool isTold)
    {
        var node = new TestNode(options =>
        {
            options.Channels.Presence = true;
            options.Channels.ForceJoinLeave = force;
        });
        var client = await node.ConnectAsync();
        await client.SendAsync($$$"""{"id":2,"subscribe":{"channel":"news","join_leave":{{{(force ? "false" : "true")}}} }}""");
        node.Hub.Deliver("news", new PresenceChange(PresenceChangeKind.Joined, 0, 5, Ann));
        Assert.Equal(isTold, client.LastText.Contains("join", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_came_before_the_reading_is_not_told_and_what_comes_twice_is_told_once()
    {
        _node.Presence.OnRead = (_, _) => new(RecordingPresence.Page(7, Ann, Bob));
        var client = await JoinAsync();
        var before = client.Texts.Count;
        Deliver(PresenceChangeKind.Joined, 0, 6, Ann);
        Deliver(PresenceChangeKind.Joined, 6, 7, Bob);
        Assert.Equal(before, client.Texts.Count);

        Deliver(PresenceChangeKind.Joined, 7, 8, Ann); // Written again by its node after an outage.
        Deliver(PresenceChangeKind.Left, 8, 9, Cid);
        Assert.Equal(before, client.Texts.Count);
    }

    [Fact]
    public async Task A_client_that_came_back_unnoticed_is_not_told_of_until_it_leaves()
    {
        var client = await JoinAsync();
        Deliver(PresenceChangeKind.Joined, 0, 5, Ann);
        var before = client.Texts.Count;
        var again = new ClientInfo("ann", "a2");
        _node.Hub.Deliver("news", new PresenceChange(PresenceChangeKind.Returned, 5, 6, again, Ann.Client));
        Assert.Equal(before, client.Texts.Count);
        Deliver(PresenceChangeKind.Left, 6, 7, again);
        Assert.Equal("""{"push":{"channel":"news","leave":{"info":{"user":"ann","client":"a2"}}}}""", client.LastText);
    }

    [Fact]
    public async Task What_was_missed_is_found_by_the_change_behind_it()
    {
        var client = await JoinAsync();
        Deliver(PresenceChangeKind.Joined, 0, 5, Ann);
        _node.Presence.OnRead = (_, _) => new(RecordingPresence.Page(8, Bob, Cid));
        Deliver(PresenceChangeKind.Joined, 7, 8, Cid);
        await SeesAsync(client, "join a", "join b", "join c");

        // Nobody has seen Ann leave: she may be about to be written again.
        _node.Turn(3);
        Assert.DoesNotContain("leave a", News(client));
        _node.Turn(4);
        await SeesAsync(client, "join a", "join b", "join c", "leave a");
    }

    [Fact]
    public async Task Who_is_missing_after_an_outage_and_comes_again_was_never_away()
    {
        _node.Presence.OnRead = (_, _) => new(RecordingPresence.Page(5, Ann, Bob));
        var client = await JoinAsync();
        _node.Presence.OnRead = (_, _) => new(RecordingPresence.Page(0));
        _node.Hub.Resubscribed();
        Deliver(PresenceChangeKind.Joined, 0, 20, Cid);
        await SeesAsync(client, "join c");
        Deliver(PresenceChangeKind.Joined, 20, 21, Ann);
        Deliver(PresenceChangeKind.Joined, 21, 22, Bob);
        _node.Turn(10);
        Assert.Equal(["join c"], News(client));
    }

    [Fact]
    public async Task What_was_missed_with_nothing_behind_it_is_found_after_the_interruption()
    {
        var client = await JoinAsync();
        _node.Presence.OnRead = (_, _) => new(RecordingPresence.Page(9, Ann));
        _node.Hub.Resubscribed();
        await SeesAsync(client, "join a");
    }

    [Fact]
    public async Task Nothing_is_read_after_an_interruption_in_which_nothing_happened()
    {
        List<int> limits = [];
        _node.Presence.OnRead = (_, query) =>
        {
            limits.Add(query.Limit);
            return new(RecordingPresence.Page(5, Ann));
        };
        await JoinAsync();
        _node.Hub.Resubscribed();
        await Until(() => limits.Count == 2);
        Assert.Equal([IPresence.MaxPageSize, 0], limits);
    }

    [Fact]
    public async Task Leaving_that_comes_during_the_reading_is_told_at_once()
    {
        var client = await JoinAsync();
        Deliver(PresenceChangeKind.Joined, 0, 5, Ann);
        var reading = new TaskCompletionSource<PresencePage>();
        _node.Presence.OnRead = (_, _) => new(reading.Task);
        Deliver(PresenceChangeKind.Joined, 6, 7, Bob);
        Deliver(PresenceChangeKind.Left, 7, 8, Ann);
        reading.SetResult(RecordingPresence.Page(7, Ann, Bob));
        await SeesAsync(client, "join a", "join b", "leave a");
    }

    [Fact]
    public async Task A_reading_is_made_again_when_something_is_missing_behind_it()
    {
        var (isReading, reading) = (false, new TaskCompletionSource<PresencePage>());
        _node.Presence.OnRead = (_, _) =>
        {
            Volatile.Write(ref isReading, true);
            return new(reading.Task);
        };
        var joining = JoinAsync();
        await Until(() => Volatile.Read(ref isReading));
        Deliver(PresenceChangeKind.Joined, 6, 7, Bob);
        _node.Presence.OnRead = (_, _) => new(RecordingPresence.Page(7, Ann, Bob));
        reading.SetResult(RecordingPresence.Page(5, Ann));
        var client = await joining;
        Deliver(PresenceChangeKind.Left, 7, 8, Bob);
        await SeesAsync(client, "leave b");
    }

    [Fact]
    public async Task A_back_end_that_is_away_is_asked_again()
    {
        var client = await JoinAsync();
        var asked = 0;
        _node.Presence.OnRead = (_, _) =>
        {
            Interlocked.Increment(ref asked);
            throw new BrokerUnavailableException("away");
        };
        _node.Hub.Resubscribed();
        await Until(() => Volatile.Read(ref asked) > 0);
        _node.Presence.OnRead = (_, _) => new(RecordingPresence.Page(9, Ann));
        await Until(() =>
        {
            _node.Turn(1);
            return News(client).Count == 1;
        });
        Assert.Equal(["join a"], News(client));
    }

    [Fact]
    public async Task Who_cannot_be_told_the_truth_is_not_subscribed()
    {
        _node.Presence.OnRead = (_, _) => throw new BrokerUnavailableException("away");
        var client = await JoinAsync();
        Assert.Contains("\"code\":100", client.LastText, StringComparison.Ordinal);
        Assert.Empty(_node.Hub.ListChannels(new(null, null, 1)));

        _node.Presence.OnRead = (_, _) => new(RecordingPresence.Page(0));
        Assert.Equal("""{"id":2,"subscribe":{}}""", (await JoinAsync()).LastText);
    }

    [Fact]
    public async Task Large_channels_are_read_page_by_page()
    {
        _node.Presence.OnRead = (_, query) => new(query.After is null
            ? new PresencePage([Ann], "more", new PresenceStats(2, 2), 5)
            : RecordingPresence.Page(9, Bob));
        var client = await JoinAsync();
        Deliver(PresenceChangeKind.Joined, 5, 6, Bob);
        Deliver(PresenceChangeKind.Left, 6, 7, Ann);
        Assert.Equal(["leave a"], News(client));
    }

    [Fact]
    public async Task Who_did_not_get_in_takes_nothing_from_those_who_are()
    {
        var node = new TestNode(options =>
        {
            options.Channels.ForceJoinLeave = true;
            options.Channels.HistorySize = 10;
        });
        var client = await node.ConnectAsync();
        await client.SubscribeAsync("news");
        node.Broker.OnReadHistory = (_, _) => throw new BrokerUnavailableException("away");
        var other = await node.ConnectAsync();
        await other.SendAsync("""{"id":2,"subscribe":{"channel":"news","recover":true,"epoch":"old","offset":3}}""");
        Assert.Contains("\"code\":100", other.LastText, StringComparison.Ordinal);
        node.Hub.Deliver("news", new PresenceChange(PresenceChangeKind.Joined, 0, 5, Ann));
        await SeesAsync(client, "join a");
    }

    [Fact]
    public async Task Nothing_is_kept_when_nobody_wants_to_know()
    {
        var reads = 0;
        _node.Presence.OnRead = (_, _) =>
        {
            reads++;
            return new(RecordingPresence.Page(5, Ann));
        };
        var client = await JoinAsync();
        await client.SendAsync("""{"id":3,"unsubscribe":{"channel":"news"}}""");
        Deliver(PresenceChangeKind.Left, 5, 6, Ann);
        await client.SendAsync("""{"id":4,"subscribe":{"channel":"news","join_leave":true}}""");
        Assert.Equal(2, reads);
    }

    private async Task<TestClient> JoinAsync()
    {
        var client = await _node.ConnectAsync();
        await client.SendAsync("""{"id":2,"subscribe":{"channel":"news","join_leave":true}}""");
        return client;
    }

    private void Deliver(PresenceChangeKind kind, long previous, long sequence, ClientInfo client) =>
        _node.Hub.Deliver("news", new PresenceChange(kind, previous, sequence, client));

    private static List<string> News(TestClient client) =>
    [
        .. client.Texts
            .Where(text => text.Contains("\"join\"", StringComparison.Ordinal) || text.Contains("\"leave\"", StringComparison.Ordinal))
            .Select(text => $"{(text.Contains("\"join\"", StringComparison.Ordinal) ? "join" : "leave")} {text.Split("\"client\":\"")[1].Split('"')[0]}"),
    ];

    private static async Task SeesAsync(TestClient client, params string[] news)
    {
        await Until(() => News(client).Count >= news.Length);
        Assert.Equal(news, News(client));
    }

    private static async Task Until(Func<bool> condition)
    {
        for (var waited = 0; !condition(); waited++)
        {
            Assert.True(waited < 2000, "It did not come to be.");
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }
    }
}
