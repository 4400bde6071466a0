using PushGateway.Brokers;
using PushGateway.Cluster;
using PushGateway.Connections;
using PushGateway.Fanout;

namespace PushGateway.Tests.Fanout;

public class HubTests
{
    private static readonly ChannelQuery All = new(null, null, 1000);

    private readonly TestNode _node = new(options => options.Connections.PingInterval = TimeSpan.FromHours(1));

    [Fact]
    public async Task The_node_subscribes_once_and_gives_a_channel_up_a_while_after_the_last_one_left()
    {
        var one = await _node.ConnectAsync();
        var two = await _node.ConnectAsync();
        await one.SubscribeAsync("news");
        await two.SubscribeAsync("news");
        await LeaveAsync(one);
        _node.Turn(100);
        Assert.Equal(["+news"], _node.Broker.Calls);

        await LeaveAsync(two);
        _node.Turn(5);
        Assert.Equal(["+news"], _node.Broker.Calls);
        Assert.Equal(1, _node.Hub.ChannelCount);
        _node.Turn(1);
        Assert.Equal(["+news", "-news"], _node.Broker.Calls);
        Assert.Equal(0, _node.Hub.ChannelCount);
    }

    [Fact]
    public async Task Who_comes_back_in_time_finds_the_channel_as_it_was()
    {
        var client = await _node.ConnectAsync();
        for (var i = 0; i < 5; i++)
        {
            await client.SubscribeAsync("news");
            await LeaveAsync(client);
            _node.Turn(5);
        }

        await client.SubscribeAsync("news");
        _node.Turn(100);
        Assert.Equal(["+news"], _node.Broker.Calls);
        _node.Deliver("news", "1");
        Assert.Contains("\"pub\"", client.LastText, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_comes_back_later_has_the_node_subscribe_again()
    {
        var client = await _node.ConnectAsync();
        await client.SubscribeAsync("news");
        await LeaveAsync(client);
        _node.Turn(6);
        await client.SubscribeAsync("news");
        Assert.Equal(["+news", "-news", "+news"], _node.Broker.Calls);
    }

    [Fact]
    public async Task All_who_came_while_a_subscribe_failed_are_told_and_the_next_tries_again()
    {
        var answer = new TaskCompletionSource();
        _node.Broker.OnSubscribe = _ => new ValueTask(answer.Task);
        var one = await _node.ConnectAsync();
        var two = await _node.ConnectAsync();
        var subscribing = Task.WhenAll(one.SubscribeAsync("news"), two.SubscribeAsync("news"));
        Assert.Equal(["+news"], _node.Broker.Calls);
        answer.SetException(new BrokerUnavailableException());
        await subscribing;
        Assert.All([one, two], client => Assert.Contains("\"code\":100", client.LastText, StringComparison.Ordinal));
        Assert.Empty(_node.Hub.ListChannels(All));

        _node.Broker.OnSubscribe = _ => ValueTask.CompletedTask;
        await one.SubscribeAsync("news", id: 3);
        Assert.Equal("""{"id":3,"subscribe":{}}""", one.LastText);
        Assert.Equal(["+news", "+news"], _node.Broker.Calls);
        Assert.False(two.Connection.Subscriptions.Contains("news"));
    }

    [Fact]
    public async Task A_channel_whose_subscribe_failed_is_forgotten_without_a_word_to_the_broker()
    {
        _node.Broker.OnSubscribe = _ => ValueTask.FromException(new BrokerUnavailableException());
        var client = await _node.ConnectAsync();
        await client.SubscribeAsync("news");
        _node.Turn(6);
        Assert.Equal(["+news"], _node.Broker.Calls);
        Assert.Equal(0, _node.Hub.ChannelCount);
    }

    [Fact]
    public async Task A_broker_that_throws_at_once_is_a_broker_that_failed()
    {
        _node.Broker.OnSubscribe = _ => throw new BrokerUnavailableException();
        var client = await _node.ConnectAsync();
        await client.SubscribeAsync("news");
        Assert.Contains("\"code\":100", client.LastText, StringComparison.Ordinal);
        Assert.Empty(_node.Hub.ListChannels(All));
        _node.Turn(6);
        Assert.Equal(0, _node.Hub.ChannelCount);
    }

    [Fact]
    public async Task A_broker_that_fails_to_unsubscribe_does_not_close_the_channel_for_ever()
    {
        _node.Broker.OnUnsubscribe = _ => throw new BrokerUnavailableException();
        var client = await _node.ConnectAsync();
        await client.SubscribeAsync("news");
        await LeaveAsync(client);
        _node.Turn(6);
        Assert.Equal(0, _node.Hub.ChannelCount);
        await client.SubscribeAsync("news", id: 5);
        Assert.Equal("""{"id":5,"subscribe":{}}""", client.LastText);
    }

    [Fact]
    public async Task A_subscribe_that_is_still_under_way_when_its_client_has_gone_is_taken_back()
    {
        var answer = new TaskCompletionSource();
        _node.Broker.OnSubscribe = _ => new ValueTask(answer.Task);
        var client = await _node.ConnectAsync();
        var subscribing = client.SubscribeAsync("news");
        client.Connection.Close(CloseReason.Shutdown);
        _node.Turn(6);
        Assert.Equal(["+news", "-news"], _node.Broker.Calls);
        answer.SetResult();
        await subscribing;
        Assert.Equal(0, _node.Hub.ChannelCount);
    }

    [Fact]
    public void A_publication_of_a_channel_that_nobody_wants_goes_nowhere() => _node.Deliver("news", "1");

    [Fact]
    public async Task Channels_are_listed_in_order_with_their_subscribers_and_without_those_that_linger()
    {
        var one = await _node.ConnectAsync("1");
        var two = await _node.ConnectAsync();
        foreach (var channel in new[] { "b", "a", "B", "c", "left" })
            await one.SubscribeAsync(channel);
        await two.SubscribeAsync("b");
        await one.SendAsync("""{"id":9,"unsubscribe":{"channel":"left"}}""");

        Assert.Equal([new("#1", 1), new("B", 1), new("a", 1), new("b", 2), new("c", 1)], _node.Hub.ListChannels(All));
        Assert.Equal([new("a", 1), new("b", 2)], _node.Hub.ListChannels(new(null, "B", 2)));
        Assert.Equal([new("#1", 1)], _node.Hub.ListChannels(new("#*", null, 5)));
        Assert.Equal([new("b", 2), new("c", 1)], _node.Hub.ListChannels(new("?", "a", 5)));
    }

    [Fact]
    public async Task Whatever_the_race_between_coming_and_going_the_broker_is_asked_in_turns_and_in_the_end_rightly()
    {
        var node = new TestNode(options => options.Connections.ChannelLinger = TimeSpan.FromSeconds(1));
        string[] channels = ["a", "b"];
        var stopped = TestContext.Current.CancellationToken;
        var stay = Enumerable.Range(0, 2).Select(_ => node.Open().Connection).ToArray();
        var givenUp = 0;
        node.Broker.OnUnsubscribe = _ =>
        {
            Interlocked.Increment(ref givenUp);
            return ValueTask.CompletedTask;
        };
        using var done = new CancellationTokenSource();
        var turning = Task.Run(
            () =>
            {
                while (!done.IsCancellationRequested)
                    node.Sweeper.Turn();
            },
            stopped);
        await Task.WhenAll(Enumerable.Range(0, 3).Select(seed => Task.Run(
            () =>
            {
                var random = new Random(seed);
                var connection = node.Open().Connection;
                // How often the race comes about depends on how busy the machine is.
                for (var i = 0; i < 5000 || (i < 5_000_000 && Volatile.Read(ref givenUp) < 200); i++)
                {
                    var subscription = node.Subscribe(connection, channels[random.Next(2)]);
                    Thread.SpinWait(random.Next(50));
                    Hub.Unsubscribe(subscription);
                    Thread.SpinWait(random.Next(200));
                    if (i % 16 == 0)
                        Thread.Yield();
                }
            },
            stopped)));
        foreach (var connection in stay)
            node.Subscribe(connection, "a");
        await done.CancelAsync();
        await turning;
        node.Turn(3);

        Assert.True(givenUp >= 200, "The channels were not given up often enough for anything to be tested.");
        foreach (var channel in channels)
        {
            var calls = node.Broker.Calls.Where(call => call[1..] == channel).Select(call => call[0]).ToArray();
            Assert.Equal(calls.Select((_, i) => i % 2 == 0 ? '+' : '-'), calls);
            Assert.Equal(channel == "a" ? '+' : '-', calls[^1]);
        }

        Assert.Equal([new ChannelCount("a", 2)], node.Hub.ListChannels(All));
        Assert.Equal(1, node.Hub.ChannelCount);
    }

    private static Task LeaveAsync(TestClient client) => client.SendAsync("""{"id":9,"unsubscribe":{"channel":"news"}}""");
}
