using System.Text.RegularExpressions;
using PushGateway.Brokers;
using PushGateway.Channels;

namespace PushGateway.Tests.Fanout;

/// <summary>What a node does when publications of a channel with a history come with a hole, twice, late, or from another life.</summary>
public partial class MendingTests
{
    private const string Insufficient = """{"push":{"channel":"kept:a","unsubscribe":{"code":2500,"reason":"insufficient state"}}}""";

    private readonly TestNode _node = new(options =>
    {
        options.Connections.PingInterval = TimeSpan.FromHours(1);
        options.Connections.PositionCheckInterval = TimeSpan.FromSeconds(10);
        options.Namespaces["kept"] = new ChannelOptions { HistorySize = 100 };
        options.Namespaces["unrecovered"] = new ChannelOptions { HistorySize = 100, Recovery = false };
    });

    private readonly ScriptedHistory _history;

    public MendingTests() => _history = new ScriptedHistory(_node, "kept:a");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_came_with_a_hole_is_read_from_the_history_and_delivered_in_order()
    {
        var client = await SubscribeAsync();
        _history.Publish(2);
        _history.Append(3);
        _history.Publish();
        await SeesAsync(client, "1 2 3 4 5 6");
        _history.Publish(2);
        Assert.Equal("1 2 3 4 5 6 7 8", Seen(client));
        Assert.Equal(1 + 1, _history.Reads); // To subscribe, and to mend.
    }

    [Fact]
    public async Task What_comes_while_the_history_is_read_is_neither_lost_nor_doubled()
    {
        var client = await SubscribeAsync();
        var reading = new TaskCompletionSource();
        _history.OnRead = () => reading.Task;
        _history.Append(250);
        _history.Publish(3);
        Assert.Equal("", Seen(client));
        reading.SetResult();
        _history.Publish(3);
        await SeesAsync(client, string.Join(' ', Enumerable.Range(1, 256)));
        _history.Publish();
        Assert.EndsWith(" 256 257", Seen(client), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_delivered_from_the_history_is_dropped_when_it_comes_late()
    {
        var client = await SubscribeAsync();
        var late = _history.Append(2);
        await PassAsync(12); // The check of positions finds it first.
        await SeesAsync(client, "1 2");
        foreach (var publication in late)
            _history.Send(publication);
        _history.Publish();
        Assert.Equal("1 2 3", Seen(client));
        Assert.DoesNotContain(_node.Broker.Calls, call => call[0] == '~');
    }

    [Fact]
    public async Task A_lost_publication_that_nothing_follows_is_found_by_the_check_of_positions()
    {
        var client = await SubscribeAsync();
        _history.Publish();
        _history.Append();
        await PassAsync(12);
        await SeesAsync(client, "1 2");
    }

    [Fact]
    public async Task After_an_interruption_every_channel_is_checked_at_once()
    {
        var client = await SubscribeAsync();
        _history.Publish();
        _node.Hub.Interrupted();
        _history.Append(2);
        _node.Hub.Resubscribed();
        await PassAsync(1);
        await SeesAsync(client, "1 2 3");
    }

    [Fact]
    public async Task A_broker_that_cannot_be_read_is_tried_again()
    {
        var client = await SubscribeAsync();
        var reads = 0;
        _history.OnRead = () => ++reads < 3 ? Task.FromException(new BrokerUnavailableException()) : Task.CompletedTask;
        _history.Append();
        _history.Publish();
        await EventuallyAsync(() =>
        {
            _node.Time.Advance(TimeSpan.FromSeconds(1));
            return Seen(client) == "1 2";
        });
    }

    [Fact]
    public async Task A_read_that_fails_by_a_defect_is_told_to_the_clients_and_tried_again()
    {
        var client = await SubscribeAsync();
        var reads = 0;
        _history.OnRead = () => ++reads == 1 ? Task.FromException(new InvalidOperationException("A defect.")) : Task.CompletedTask;
        _history.Append();
        _history.Publish();
        await LastAsync(client, Insufficient);

        var returning = client.SendAsync("""{"id":5,"subscribe":{"channel":"kept:a","recover":true,"epoch":"e","offset":0}}""");
        await EventuallyAsync(() =>
        {
            _node.Time.Advance(TimeSpan.FromSeconds(1));
            return returning.IsCompleted;
        });
        Assert.Contains("\"publications\":[{\"data\":1,\"offset\":1},{\"data\":2,\"offset\":2}],\"recovered\":true", client.LastText, StringComparison.Ordinal);
        _history.Publish();
        Assert.EndsWith("3", Seen(client), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_the_history_no_longer_has_it_the_client_is_told_to_subscribe_again()
    {
        var client = await SubscribeAsync();
        _history.Publish();
        _history.Append(5);
        _history.Trim(2);
        _history.Publish();
        await LastAsync(client, Insufficient);
        Assert.Equal("1", Seen(client));

        await client.SendAsync("""{"id":5,"subscribe":{"channel":"kept:a","recover":true,"epoch":"e","offset":1}}""");
        Assert.Equal("""{"id":5,"subscribe":{"recoverable":true,"epoch":"e","offset":7,"positioned":true,"was_recovering":true}}""", client.LastText);
        _history.Publish();
        Assert.Equal("1 8", Seen(client));
    }

    [Fact]
    public async Task A_history_with_another_epoch_ends_the_subscription()
    {
        var client = await SubscribeAsync();
        _history.Publish(3);
        _history.Lose("f");
        _history.Publish();
        await LastAsync(client, Insufficient);
        Assert.Equal("1 2 3", Seen(client));

        await client.SendAsync("""{"id":5,"subscribe":{"channel":"kept:a","recover":true,"epoch":"e","offset":3}}""");
        Assert.Equal("""{"id":5,"subscribe":{"recoverable":true,"epoch":"f","offset":1,"positioned":true,"was_recovering":true}}""", client.LastText);
    }

    [Fact]
    public async Task A_live_publication_with_a_lower_offset_than_an_earlier_one_shows_that_the_history_was_set_back()
    {
        var client = await SubscribeAsync();
        _history.Publish(5);
        _history.SetBack(3);
        _history.Publish();
        await LastAsync(client, Insufficient);
        Assert.Contains("~kept:a e", _node.Broker.Calls);
        Assert.Equal("1 2 3 4 5", Seen(client));

        await client.SendAsync("""{"id":5,"subscribe":{"channel":"kept:a","recover":true,"epoch":"e","offset":5}}""");
        Assert.DoesNotContain("recovered\":true", client.LastText, StringComparison.Ordinal);
        Assert.Contains("\"epoch\":\"e'\",\"offset\":3", client.LastText, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_history_that_was_set_back_and_has_grown_again_is_found_out_before_anything_is_delivered()
    {
        var client = await SubscribeAsync();
        _history.Publish(5);
        _node.Hub.Interrupted();
        _history.SetBack(2);
        _history.Append(3, time: 9999);
        _node.Hub.Resubscribed();
        _history.Publish();
        await LastAsync(client, Insufficient);
        Assert.Equal("1 2 3 4 5", Seen(client));
        Assert.Contains("~kept:a e", _node.Broker.Calls);
    }

    [Fact]
    public async Task What_was_read_while_the_back_end_was_away_is_not_taken_on_trust_when_it_is_back()
    {
        var client = await SubscribeAsync();
        _history.Publish(5);
        _node.Hub.Interrupted();
        await client.SendAsync("""{"id":4,"unsubscribe":{"channel":"kept:a"}}""");
        await client.SendAsync("""{"id":5,"subscribe":{"channel":"kept:a","recover":true,"epoch":"e","offset":5}}"""); // Has the node read what is there.
        Assert.Contains("\"recovered\":true", client.LastText, StringComparison.Ordinal);

        _history.SetBack(1);
        _history.Append(1, time: 9999);
        _node.Hub.Resubscribed();
        _history.Publish();
        await LastAsync(client, Insufficient);
        Assert.Contains("~kept:a e", _node.Broker.Calls);
    }

    [Fact]
    public async Task A_position_behind_ours_shows_that_the_history_was_set_back()
    {
        var client = await SubscribeAsync();
        _history.Publish(5);
        _history.SetBack(1);
        await PassAsync(12);
        await LastAsync(client, Insufficient);
        Assert.Contains("~kept:a e", _node.Broker.Calls);
    }

    [Fact]
    public async Task Trimming_alone_is_no_reason_for_a_new_epoch()
    {
        var client = await SubscribeAsync();
        _history.Publish(2);
        _history.Append(5);
        _history.Trim(1);
        await PassAsync(12);
        await LastAsync(client, Insufficient);
        Assert.DoesNotContain(_node.Broker.Calls, call => call[0] == '~');
    }

    [Fact]
    public async Task What_has_expired_is_not_delivered_and_leaves_no_hole()
    {
        var client = await SubscribeAsync();
        _history.Publish();
        var past = _node.Time.GetUtcNow();
        foreach (var publication in _history.Append(2, expiresAt: past))
            _history.Send(publication);
        foreach (var publication in _history.Append(expiresAt: past + TimeSpan.FromSeconds(1)))
            _history.Send(publication);
        _history.Publish();
        _history.Append(expiresAt: past);
        _history.Publish();
        await SeesAsync(client, "1 4 5 7");
        Assert.Equal(1 + 1, _history.Reads);
    }

    [Fact]
    public async Task Clients_that_do_not_count_on_positions_go_on()
    {
        var history = new ScriptedHistory(_node, "unrecovered:a");
        var client = await _node.ConnectAsync();
        await client.SubscribeAsync("unrecovered:a");
        Assert.Equal("""{"id":2,"subscribe":{}}""", client.LastText);
        history.Publish(2);
        history.Lose("f");
        history.Publish();
        await EventuallyAsync(() => history.Reads > 0);
        await EventuallyAsync(() =>
        {
            history.Publish();
            return client.Texts.Count > 5;
        });
        Assert.DoesNotContain(client.Texts, text => text.Contains("unsubscribe", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Who_asks_to_be_positioned_is_where_a_history_is_kept()
    {
        var history = new ScriptedHistory(_node, "unrecovered:a");
        history.Append(3);
        var client = await _node.ConnectAsync();
        await client.SendAsync("""{"id":2,"subscribe":{"channel":"unrecovered:a","positioned":true,"recover":true,"epoch":"e","offset":1}}""");
        Assert.Equal("""{"id":2,"subscribe":{"epoch":"e","offset":3,"positioned":true,"was_recovering":true}}""", client.LastText);
        history.Lose("f");
        history.Publish();
        await LastAsync(client, Insufficient.Replace("kept", "unrecovered", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_servers_own_subscriptions_end_with_the_connection()
    {
        var history = new ScriptedHistory(_node, "#42");
        var client = await _node.ConnectAsync("42");
        history.Publish(2);
        history.Lose("f");
        history.Publish();
        await EventuallyAsync(() => client.Transport.CloseCode == 3010);
        Assert.Equal("1 2", Seen(client));
    }

    private async Task<TestClient> SubscribeAsync()
    {
        var client = await _node.ConnectAsync();
        await client.SubscribeAsync("kept:a");
        Assert.Equal("""{"id":2,"subscribe":{"recoverable":true,"epoch":"e","positioned":true}}""", client.LastText);
        return client;
    }

    private async Task PassAsync(int seconds)
    {
        for (; seconds > 0; seconds--)
            await _node.Positions.TurnAsync(Cancellation);
    }

    private static Task SeesAsync(TestClient client, string offsets) => EventuallyAsync(() => Seen(client) == offsets, () => Seen(client));

    private static Task LastAsync(TestClient client, string text) => EventuallyAsync(() => client.LastText == text, () => client.LastText);

    private static string Seen(TestClient client) =>
        string.Join(' ', client.Texts.Select(text => Data().Match(text)).Where(match => match.Success).Select(match => match.Groups[1].Value));

    private static async Task EventuallyAsync(Func<bool> condition, Func<string>? state = null)
    {
        for (var i = 0; i < 1000; i++)
        {
            if (condition())
                return;
            await Task.Delay(10, Cancellation);
        }

        Assert.Fail(state?.Invoke() ?? "It never came about.");
    }

    [GeneratedRegex("""^\{"push":\{"channel":"[^"]+","pub":\{"data":(\d+)""")]
    private static partial Regex Data();
}
