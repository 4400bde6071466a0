using PushGateway.Channels;
using PushGateway.Tests.Fanout;

namespace PushGateway.Tests.Diagnostics;

public sealed class DeliveryMetersTests : IDisposable
{
    private readonly TestNode _node = new(options =>
    {
        options.Connections.OutboxBytes = 16 * 1024;
        options.Namespaces["kept"] = new ChannelOptions { HistorySize = 100 };
    });

    private readonly Measured _measured;

    public DeliveryMetersTests() => _measured = new Measured(_node.Meter);

    [Fact]
    public async Task A_publication_is_one_however_many_it_is_delivered_to()
    {
        for (var i = 0; i < 3; i++)
            await (await _node.ConnectAsync()).SubscribeAsync("news");
        var publication = new Publication("1"u8.ToArray()) { TakenAt = _node.Time.GetUtcNow() - TimeSpan.FromSeconds(2) };
        _node.Hub.Deliver("news", publication, publication);
        Assert.Equal((2, 6), (_measured["publications{channel_namespace=(none)}"], _measured["deliveries{channel_namespace=(none)}"]));
        Assert.Equal((2, 6), (_measured["fanout.subscribers#"], _measured["fanout.subscribers"]));
        Assert.Equal((2, 4), (_measured["arrival.lag#"], _measured["arrival.lag"]));
        Assert.Equal((2, 4), (_measured["delivery.latency#"], _measured["delivery.latency"]));
    }

    [Fact]
    public async Task Nothing_arrives_before_it_was_sent_whatever_the_clocks_say()
    {
        await (await _node.ConnectAsync()).SubscribeAsync("news");
        _node.Hub.Deliver("news", new Publication("1"u8.ToArray()) { TakenAt = _node.Time.GetUtcNow() + TimeSpan.FromSeconds(2) });
        Assert.Equal((1, 0), (_measured["arrival.lag#"], _measured["arrival.lag"]));
    }

    [Fact]
    public void What_nobody_wants_any_more_is_not_counted()
    {
        var client = _node.Open();
        _node.Subscribe(client.Connection, "news").Channel.Leave(_node.Hub.SubscribersOf("news")[0], mayReturn: false);
        _node.Deliver("news", "1");
        Assert.Equal((0, 0), (_measured["publications{channel_namespace=(none)}"], _measured["fanout.subscribers#"]));
    }

    [Fact]
    public async Task What_waited_for_the_reply_counts_when_it_is_handed_over()
    {
        var confirmed = new TaskCompletionSource();
        _node.Broker.OnSubscribe = _ => new ValueTask(confirmed.Task);
        var client = await _node.ConnectAsync();
        var subscribing = client.SubscribeAsync("news");
        _node.Deliver("news", "1");
        Assert.Equal((1, 0), (_measured["publications{channel_namespace=(none)}"], _measured["deliveries{channel_namespace=(none)}"]));
        confirmed.SetResult();
        await subscribing;
        Assert.Equal(1, _measured["deliveries{channel_namespace=(none)}"]);
    }

    [Fact]
    public async Task What_a_client_is_too_slow_for_is_not_delivered()
    {
        var client = await _node.ConnectAsync();
        await client.SubscribeAsync("news");
        client.Transport.IsFull = true;
        var large = $"\"{new string('x', 7 * 1024)}\"";
        for (var i = 0; i < 5; i++)
            _node.Deliver("news", large);
        Assert.False(client.Connection.IsOpen);
        Assert.Equal((1, 1), (_measured["slow_clients"], _measured["disconnects{code=3008}"]));
        Assert.InRange(_measured["deliveries{channel_namespace=(none)}"], 1, 3);
    }

    [Fact]
    public async Task Subscriptions_go_up_and_down()
    {
        var (first, second) = (await _node.ConnectAsync("7"), await _node.ConnectAsync("8"));
        await first.SubscribeAsync("kept:a");
        await second.SubscribeAsync("kept:a");
        Assert.Equal((2, 2), (_measured["subscriptions{channel_namespace=kept}"], _measured["subscriptions{channel_namespace=(users)}"]));
        await first.SendAsync("""{"id":3,"unsubscribe":{"channel":"kept:a"}}""");
        await second.Connection.EndAsync();
        Assert.Equal((0, 1), (_measured["subscriptions{channel_namespace=kept}"], _measured["subscriptions{channel_namespace=(users)}"]));
    }

    [Fact]
    public async Task Who_comes_back_is_counted_by_whether_it_got_what_it_missed()
    {
        var history = new ScriptedHistory(_node, "kept:a");
        history.Append(3);
        var client = await _node.ConnectAsync();
        await client.SendAsync($$$"""{"id":2,"subscribe":{"channel":"kept:a","recover":true,"offset":1,"epoch":"{{{history.Epoch}}}"}}""");
        await (await _node.ConnectAsync()).SendAsync("""{"id":2,"subscribe":{"channel":"kept:a","recover":true,"offset":1,"epoch":"another"}}""");
        await (await _node.ConnectAsync()).SubscribeAsync("kept:a");
        Assert.Equal((1, 1), (_measured["recoveries{channel_namespace=kept,outcome=recovered}"], _measured["recoveries{channel_namespace=kept,outcome=unrecovered}"]));
        Assert.Equal(2, _measured["recovered_publications{channel_namespace=kept}"]);
    }

    [Fact]
    public async Task A_gap_is_counted_once_it_is_mended()
    {
        var history = new ScriptedHistory(_node, "kept:a");
        var client = await _node.ConnectAsync();
        await client.SubscribeAsync("kept:a");
        history.Publish();
        history.Append(3);
        history.Publish();
        for (var i = 0; i < 500 && _measured["gaps{outcome=mended}"] == 0; i++)
            await Task.Delay(10, TestContext.Current.CancellationToken);
        Assert.Equal((1, 4), (_measured["gaps{outcome=mended}"], _measured["mended_publications"]));
        Assert.Equal((5, 5), (_measured["publications{channel_namespace=kept}"], _measured["deliveries{channel_namespace=kept}"]));
        Assert.Equal(5, string.Concat(client.Texts).Split("\"pub\"").Length - 1);
    }

    public void Dispose() => _measured.Dispose();
}
