using System.Diagnostics;
using System.Text;
using PushGateway.Brokers;
using PushGateway.Channels;

namespace PushGateway.IntegrationTests.Contracts;

/// <summary>What <see cref="PushGateway.Brokers.IBroker"/> promises of subscribing and delivering, for every broker to inherit.</summary>
public abstract class BrokerContract : BrokerSuite
{
    [Fact]
    public async Task Every_subscribed_node_has_it_the_publishers_own_included()
    {
        await OnAllAsync(node => node.SubscribeAsync("news"));

        foreach (var node in Nodes)
            await node.PublishAsync("news", "1");

        foreach (var node in Nodes)
            await Patience.UntilAsync(() => node.Inbox.CountOf("news") == Nodes.Length);
    }

    [Fact]
    public async Task AllNodes_see_one_order_in_which_each_publisher_finds_its_own()
    {
        const int Publishers = 8;
        const int Each = 250;
        await OnAllAsync(node => node.SubscribeAsync("news"));

        await Task.WhenAll(Enumerable.Range(0, Publishers).Select(async publisher =>
        {
            for (var i = 0; i < Each; i++)
                await Nodes[publisher % Nodes.Length].PublishAsync("news", $"{publisher} {i}");
        }));

        foreach (var node in Nodes)
            await Patience.UntilAsync(() => node.Inbox.CountOf("news") == Publishers * Each);
        var order = First.Inbox.TextsOf("news");
        foreach (var node in Nodes)
            Assert.Equal(order, node.Inbox.TextsOf("news"));
        for (var publisher = 0; publisher < Publishers; publisher++)
            Assert.Equal(Enumerable.Range(0, Each).Select(i => $"{publisher} {i}"), order.Where(text => text.StartsWith($"{publisher} ", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Many_channels_keep_their_order_each()
    {
        const int Channels = 100;
        const int Each = 100;
        await Task.WhenAll(Enumerable.Range(0, Channels).Select(i => Last.SubscribeAsync($"news:{i}")));

        await Task.WhenAll(Enumerable.Range(0, Channels).Select(async channel =>
        {
            for (var i = 0; i < Each; i++)
                await First.PublishAsync($"news:{channel}", $"{i}");
        }));

        await Patience.UntilAsync(() => Last.Inbox.Count == Channels * Each);
        for (var channel = 0; channel < Channels; channel++)
            Assert.Equal(Enumerable.Range(0, Each).Select(i => $"{i}"), Last.Inbox.TextsOf($"news:{channel}"));
    }

    [Fact]
    public async Task What_is_published_after_a_confirmed_subscription_arrives()
    {
        for (var i = 0; i < 300; i++)
        {
            await Last.SubscribeAsync($"news:{i}");
            await First.PublishAsync($"news:{i}", "1");
        }

        await Patience.UntilAsync(() => Last.Inbox.Count == 300);
    }

    [Fact]
    public async Task Nothing_arrives_after_a_confirmed_unsubscription()
    {
        await Last.SubscribeAsync("left");
        await Last.SubscribeAsync("stayed");
        await Last.UnsubscribeAsync("left");

        await First.PublishAsync("left", "1");
        await First.PublishAsync("stayed", "1");

        await Patience.UntilAsync(() => Last.Inbox.CountOf("stayed") == 1);
        Assert.Equal(0, Last.Inbox.CountOf("left"));
    }

    [Fact]
    public async Task Other_channels_do_not_arrive()
    {
        await Last.SubscribeAsync("news");

        foreach (var other in (string[])["new", "news1", "News", "c:news", "news:1", "#news"])
            await First.PublishAsync(other, "other");
        await First.PublishAsync("news", "1");

        await Patience.UntilAsync(() => Last.Inbox.Count > 0);
        Assert.Equal(["1"], Last.Inbox.TextsOf("news"));
        Assert.Equal(1, Last.Inbox.Count);
    }

    [Fact]
    public async Task Subscribing_and_leaving_take_effect_in_the_order_of_the_calls()
    {
        const int Channels = 50;

        // Connected from here on, to all of the back end: without it a subscription that is given up may fail.
        await Patience.UntilAsync(() => Last.Broker.WhyNotReady is null);
        await Task.WhenAll(Enumerable.Range(0, Channels).Select(async channel =>
        {
            var name = $"news:{channel}";
            var earlier = new List<Task>();
            for (var i = 0; i < 50; i++)
            {
                earlier.Add(Last.SubscribeAsync(name));
                earlier.Add(Last.UnsubscribeAsync(name));
            }

            // Even channels end subscribed.
            if (channel % 2 == 0)
                await Last.SubscribeAsync(name);
            await Task.WhenAll(earlier);
        }));

        for (var channel = 0; channel < Channels; channel++)
            await First.PublishAsync($"news:{channel}", "1");

        // What would have come to the odd ones came before these; they are so many that some are at every part of the back end.
        for (var channel = 0; channel < Channels; channel++)
        {
            await Last.SubscribeAsync($"end:{channel}");
            await First.PublishAsync($"end:{channel}", "1");
        }

        await Patience.UntilAsync(() => Enumerable.Range(0, Channels).All(channel => Last.Inbox.CountOf($"end:{channel}") == 1));
        for (var channel = 0; channel < Channels; channel++)
            Assert.Equal(channel % 2 == 0 ? 1 : 0, Last.Inbox.CountOf($"news:{channel}"));
    }

    [Fact]
    public async Task Ten_thousand_channels_are_subscribed_at_once()
    {
        const int Channels = 10_000;
        await Task.WhenAll(Enumerable.Range(0, Channels).Select(i => Last.SubscribeAsync($"user:#{i}")));

        await Parallel.ForAsync(0, Channels, TestContext.Current.CancellationToken, async (i, _) => await First.PublishAsync($"user:#{i}", "1"));

        await Patience.UntilAsync(() => Last.Inbox.Count == Channels);
        for (var i = 0; i < Channels; i++)
            Assert.Equal(1, Last.Inbox.CountOf($"user:#{i}"));
    }

    [Fact]
    public async Task Data_arrives_byte_for_byte()
    {
        byte[][] payloads =
        [
            "\"\""u8.ToArray(),
            "0"u8.ToArray(),
            Encoding.UTF8.GetBytes("{\"greek\":\"αβγ\",\"emoji\":\"🚀\",\"escaped\":\"\\u0000\\r\\n\\\"\"}"),
            [.. "\""u8, .. Enumerable.Range(0x20, 0x60).Select(value => (byte)value), .. "\""u8],
            Encoding.UTF8.GetBytes($"\"{new string('x', 64 * 1024 - 2)}\""),
            [.. Enumerable.Range(0, 256).Select(value => (byte)value)],
        ];
        await Last.SubscribeAsync("news");

        foreach (var payload in payloads)
            await First.PublishAsync("news", new Publication(payload));

        await Patience.UntilAsync(() => Last.Inbox.Count == payloads.Length);
        Assert.Equal(payloads, Last.Inbox.Of("news").Select(publication => publication.Data.ToArray()));
    }

    [Fact]
    public async Task Data_is_the_publishers_again_once_it_is_published()
    {
        await Last.SubscribeAsync("news");
        var data = new byte[100];
        for (var i = 0; i < 200; i++)
        {
            data.AsSpan().Fill((byte)i);
            await First.PublishAsync("news", new Publication(data));
        }

        await Patience.UntilAsync(() => Last.Inbox.Count == 200);
        Assert.All(Last.Inbox.Of("news").Select((publication, i) => (publication, i)), item =>
            Assert.False(item.publication.Data.Span.ContainsAnyExcept((byte)item.i)));
    }

    [Fact]
    public async Task Tags_and_publisher_travel_along()
    {
        var tags = new Dictionary<string, string> { ["kind"] = "urgent", [""] = "", ["длинный"] = new string('é', 1_000) };
        await Last.SubscribeAsync("news");

        await First.PublishAsync("news", new Publication("1"u8.ToArray(), tags, new ClientInfo("42", "a-b-c")));
        await First.PublishAsync("news", new Publication("2"u8.ToArray(), Info: new ClientInfo("", "a-b-c")));
        await First.PublishAsync("news", "3");

        await Patience.UntilAsync(() => Last.Inbox.Count == 3);
        var received = Last.Inbox.Of("news");
        Assert.Equal(tags, received[0].Tags);
        Assert.Equal(new ClientInfo("42", "a-b-c"), received[0].Info);
        Assert.Null(received[1].Tags);
        Assert.Equal(new ClientInfo("", "a-b-c"), received[1].Info);
        Assert.Null(received[2].Tags);
        Assert.Null(received[2].Info);
        Assert.All(received, publication => Assert.Equal(0UL, publication.Offset));
    }

    [Fact]
    public async Task When_it_was_taken_and_its_trace_travel_along()
    {
        var takenAt = new DateTimeOffset(2030, 1, 2, 3, 4, 5, 678, 901, TimeSpan.Zero);
        var trace = new ActivityContext(ActivityTraceId.CreateRandom(), ActivitySpanId.CreateRandom(), ActivityTraceFlags.Recorded);
        var publication = new Publication("1"u8.ToArray()) { TakenAt = takenAt, Trace = trace };
        await Last.SubscribeAsync("news");

        await First.PublishAsync("news", publication);
        await First.PublishAsync("news", publication, new PublishOptions(new HistoryLimits(10, TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(1))));
        await First.PublishAsync("news", "2");

        await Patience.UntilAsync(() => Last.Inbox.Count == 3);
        var received = Last.Inbox.Of("news");
        Assert.All(received[..2], it => Assert.Equal(
            (takenAt, trace.TraceId, trace.SpanId, ActivityTraceFlags.Recorded), (it.TakenAt, it.Trace.TraceId, it.Trace.SpanId, it.Trace.TraceFlags)));
        Assert.Equal((null, default), (received[2].TakenAt, received[2].Trace));
    }

    [Fact]
    public async Task A_listener_that_throws_ends_nothing()
    {
        await Last.SubscribeAsync("bad");
        await Last.SubscribeAsync("good");
        Last.Inbox.OnDelivery = channel =>
        {
            if (channel == "bad")
                throw new InvalidOperationException("Thrown by the test.");
        };

        await First.PublishAsync("bad", "1");
        await First.PublishAsync("good", "1");

        await Patience.UntilAsync(() => Last.Inbox.CountOf("good") == 1);
    }

    [Fact]
    public async Task Leaving_a_channel_that_was_not_subscribed_is_no_error()
    {
        await Last.UnsubscribeAsync("news");
        await Last.SubscribeAsync("news");
        await Last.UnsubscribeAsync("news");
        await Last.UnsubscribeAsync("news");
    }

    [Fact]
    public async Task Brokers_can_be_disposed_twice_and_while_they_deliver()
    {
        await OnAllAsync(node => node.SubscribeAsync("news"));
        await First.PublishAsync("news", "1");

        foreach (var node in Nodes)
            await node.Broker.DisposeAsync();
    }
}
