using PushGateway.Connections;
using PushGateway.Protocol;
using PushGateway.Transports.WebSockets;

namespace PushGateway.Tests.Connections;

public class ConnectionTests
{
    private readonly TestNode _node = new(options => options.Connections.OutboxBytes = 16 * 1024);

    [Fact]
    public void A_client_that_does_not_connect_in_time_is_closed_as_stale_and_cut()
    {
        var client = _node.Open();
        Assert.True(client.Connection.IsOpen);
        _node.Turn(10);
        Assert.Empty(client.Transport.Frames);
        _node.Turn(1);
        Assert.Equal(3502, client.Transport.CloseCode);
        Assert.False(client.Connection.IsOpen);
        AssertCutAfterCloseTimeout(client);
    }

    [Fact]
    public async Task The_first_ping_comes_in_the_second_half_of_the_interval_and_not_for_all_at_once()
    {
        var clients = new TestClient[200];
        for (var i = 0; i < clients.Length; i++)
            clients[i] = await _node.ConnectAsync();

        var pingedAt = new int?[clients.Length];
        for (var second = 1; second <= 25; second++)
        {
            _node.Turn(1);
            foreach (var (i, client) in clients.Index())
            {
                if (client.Texts.Count == 1)
                    continue;

                pingedAt[i] ??= second;
                Assert.Equal("{}", client.Texts[1]);
                if (client.Texts.Count == 2)
                    await client.SendAsync("{}");
            }
        }

        Assert.All(pingedAt, second => Assert.InRange(second ?? 0, 13, 25));
        Assert.True(pingedAt.Distinct().Count() > 8);
    }

    [Fact]
    public async Task A_client_that_does_not_answer_a_ping_is_closed_and_cut()
    {
        var client = await _node.ConnectAsync();
        TurnUntilPinged(client);
        _node.Turn(7);
        Assert.True(client.Connection.IsOpen);
        _node.Turn(1);
        Assert.Equal(3012, client.Transport.CloseCode);
        AssertCutAfterCloseTimeout(client);
    }

    [Fact]
    public async Task A_client_that_answers_is_pinged_again_a_whole_interval_after_the_last_ping()
    {
        var client = await _node.ConnectAsync();
        TurnUntilPinged(client);
        for (var round = 2; round < 6; round++)
        {
            _node.Turn(3);
            await client.SendAsync("{}");
            _node.Turn(21);
            Assert.Equal(round, client.Texts.Count);
            _node.Turn(1);
            Assert.Equal((round + 1, "{}"), (client.Texts.Count, client.LastText));
        }

        Assert.True(client.Connection.IsOpen);
    }

    [Fact]
    public async Task A_pong_without_a_ping_is_a_bad_request()
    {
        var early = await _node.ConnectAsync();
        await early.SendAsync("{}");
        Assert.Equal(3501, early.Transport.CloseCode);

        var twice = await _node.ConnectAsync();
        TurnUntilPinged(twice);
        await twice.SendAsync("{}");
        await twice.SendAsync("{}");
        Assert.Equal(3501, twice.Transport.CloseCode);
    }

    [Fact]
    public async Task A_client_that_reads_too_slowly_is_told_so_in_place_of_what_waits()
    {
        var client = await _node.ConnectAsync();
        await client.SubscribeAsync("news");
        client.Transport.IsFull = true;
        _node.Deliver("news", "\"first\"");
        for (var i = 0; i < 16; i++)
            _node.Deliver("news", $"\"{new string('x', 1000)}\"");

        Assert.False(client.Connection.IsOpen);
        Assert.Null(client.Transport.CloseCode);
        client.Transport.Take();
        Assert.Equal(3008, client.Transport.CloseCode);
        Assert.Equal(4, client.Transport.Frames.Count);
        Assert.Empty(_node.Hub.ListChannels(new(null, null, 10)));
        AssertCutAfterCloseTimeout(client);
    }

    [Fact]
    public async Task A_client_that_reads_too_slowly_disturbs_no_other()
    {
        var slow = await _node.ConnectAsync();
        var other = await _node.ConnectAsync();
        await slow.SubscribeAsync("news");
        await other.SubscribeAsync("news");
        slow.Transport.IsFull = true;
        for (var i = 0; i < 100; i++)
            _node.Deliver("news", $"\"{new string('x', 1000)}\"");
        Assert.Equal(2 + 100, other.Texts.Count);
        Assert.False(slow.Connection.IsOpen);
        Assert.True(other.Connection.IsOpen);
    }

    [Fact]
    public async Task Publications_that_come_before_the_reply_are_released_behind_it()
    {
        var confirmed = new TaskCompletionSource();
        _node.Broker.OnSubscribe = _ => new ValueTask(confirmed.Task);
        var client = await _node.ConnectAsync();
        var subscribing = client.SubscribeAsync("news");
        _node.Deliver("news", "1");
        _node.Deliver("news", "2");
        Assert.Single(client.Texts);

        confirmed.SetResult();
        await subscribing;
        _node.Deliver("news", "3");
        Assert.Equal(["""{"id":2,"subscribe":{}}""", Push("news", "1"), Push("news", "2"), Push("news", "3")], client.Texts.Skip(1));
    }

    [Fact]
    public async Task Publications_to_a_user_that_come_before_the_session_is_open_are_released_behind_the_reply()
    {
        var confirmed = new TaskCompletionSource();
        _node.Broker.OnSubscribe = _ => new ValueTask(confirmed.Task);
        var client = _node.Open("42");
        var connecting = client.SendAsync("""{"id":1,"connect":{}}""");
        _node.Deliver("#42", "1");
        Assert.Empty(client.Texts);

        confirmed.SetResult();
        await connecting;
        Assert.StartsWith("""{"id":1,"connect":""", client.Texts[0], StringComparison.Ordinal);
        Assert.Equal([Push("#42", "1")], client.Texts.Skip(1));
    }

    [Fact]
    public async Task Publications_that_wait_for_the_reply_are_bounded_like_the_outbox()
    {
        _node.Broker.OnSubscribe = _ => new ValueTask(new TaskCompletionSource().Task);
        var client = await _node.ConnectAsync();
        var subscribing = client.SubscribeAsync("news");
        for (var i = 0; i < 20; i++)
            _node.Deliver("news", $"\"{new string('x', 1000)}\"");
        Assert.Equal(3008, client.Transport.CloseCode);
        Assert.False(subscribing.IsCompleted);
    }

    [Fact]
    public async Task Nothing_of_a_channel_comes_behind_the_reply_to_unsubscribe()
    {
        var client = await _node.ConnectAsync();
        await client.SubscribeAsync("news");
        _node.Deliver("news", "1");
        await client.SendAsync("""{"id":3,"unsubscribe":{"channel":"news"}}""");
        _node.Deliver("news", "2");
        Assert.Equal([Push("news", "1"), """{"id":3,"unsubscribe":{}}"""], client.Texts.Skip(2));
    }

    [Fact]
    public async Task A_connection_that_is_closed_while_it_subscribes_gets_no_reply_and_leaves_nothing_behind()
    {
        var confirmed = new TaskCompletionSource();
        _node.Broker.OnSubscribe = _ => new ValueTask(confirmed.Task);
        var client = await _node.ConnectAsync();
        var subscribing = client.SubscribeAsync("news");
        client.Connection.Close(CloseReason.Shutdown);
        _node.Deliver("news", "1");
        confirmed.SetResult();
        await subscribing;

        Assert.Single(client.Texts);
        Assert.Equal(3001, client.Transport.CloseCode);
        Assert.Empty(_node.Hub.ListChannels(new(null, null, 10)));
    }

    [Fact]
    public async Task A_connection_that_is_closed_while_it_connects_gets_no_reply_and_leaves_nothing_behind()
    {
        var confirmed = new TaskCompletionSource();
        _node.Broker.OnSubscribe = _ => new ValueTask(confirmed.Task);
        var client = _node.Open("42");
        var connecting = client.SendAsync("""{"id":1,"connect":{}}""");
        client.Connection.Close(CloseReason.Shutdown);
        confirmed.SetResult();
        await connecting;

        Assert.Empty(client.Texts);
        Assert.Equal(0, _node.Registry.SessionCount);
        Assert.Empty(_node.Hub.ListChannels(new(null, null, 10)));
        AssertCutAfterCloseTimeout(client);
    }

    [Fact]
    public async Task A_connection_that_is_closed_as_its_session_opens_is_cut_in_time_all_the_same()
    {
        var confirmed = new TaskCompletionSource();
        _node.Broker.OnSubscribe = _ => new ValueTask(confirmed.Task);
        var client = _node.Open("42");
        var connecting = client.SendAsync("""{"id":1,"connect":{}}""");
        // Fits while it is held, and not together with the reply.
        _node.Deliver("#42", $"\"{new string('x', (16 * 1024) - 100)}\"");
        confirmed.SetResult();
        await connecting;

        Assert.Equal(3008, client.Transport.CloseCode);
        AssertCutAfterCloseTimeout(client);
    }

    [Fact]
    public async Task A_connection_has_one_subscription_to_a_channel_and_no_more_than_it_may()
    {
        var connection = (await _node.ConnectAsync()).Connection;
        Assert.Null(Add("a"));
        Assert.Equal(ErrorResult.AlreadySubscribed, Add("a"));
        Assert.Null(Add("b"));
        Assert.Equal(ErrorResult.LimitExceeded, Add("c"));
        Assert.True(connection.Close(CloseReason.Shutdown));
        Assert.NotNull(Add("a"));
        Assert.False(connection.Close(CloseReason.Shutdown));

        ErrorResult? Add(string channel) => connection.Subscriptions.Add(_node.Subscribe(connection, channel), limit: 2);
    }

    [Fact]
    public async Task Only_the_first_reason_to_close_is_told()
    {
        var client = await _node.ConnectAsync();
        client.Connection.Close(CloseReason.Shutdown);
        client.Connection.Close(CloseReason.BadRequest);
        client.Connection.Send(new Reply(9, PingResult.Instance));
        Assert.Equal(3001, client.Transport.CloseCode);
        Assert.Equal(Opcode.Close, client.Transport.Frames[^1].Opcode);
    }

    [Fact]
    public async Task The_end_of_a_connection_frees_all_it_held()
    {
        var client = await _node.ConnectAsync("42");
        await client.SubscribeAsync("news");
        Assert.Equal(1, _node.Registry.SessionCount);
        await client.Connection.EndAsync();

        Assert.Equal(0, _node.Registry.SessionCount);
        Assert.Empty(_node.Hub.ListChannels(new(null, null, 10)));
        Assert.False(client.Connection.IsOpen);
        Assert.Empty(_node.Registry.Leave(CloseReason.Shutdown));
        _node.Turn(100);
        Assert.Null(client.Transport.CloseCode);
        Assert.False(client.Transport.IsAborted);
    }

    [Fact]
    public async Task The_end_waits_for_what_can_still_be_written_and_no_longer_than_the_close_timeout()
    {
        var client = await _node.ConnectAsync();
        client.Transport.IsFull = true;
        client.Connection.Close(CloseReason.Shutdown);
        var end = client.Connection.EndAsync();
        _node.Turn(5);
        Assert.False(end.IsCompleted);
        Assert.False(client.Transport.IsAborted);
        _node.Turn(1);
        Assert.True(client.Transport.IsAborted);
        client.Transport.Break();
        await end;
        Assert.Equal(0, _node.Registry.SessionCount);
    }

    [Fact]
    public async Task A_client_that_never_opened_a_session_does_not_count_as_one()
    {
        var client = _node.Open();
        await client.Connection.EndAsync();
        Assert.Equal(0, _node.Registry.SessionCount);
    }

    private static string Push(string channel, string data) => $$$$"""{"push":{"channel":"{{{{channel}}}}","pub":{"data":{{{{data}}}}}}}""";

    private void TurnUntilPinged(TestClient client)
    {
        var before = client.Texts.Count;
        for (var seconds = 0; client.Texts.Count == before; seconds++)
        {
            Assert.True(seconds < 30);
            _node.Turn(1);
        }
    }

    private void AssertCutAfterCloseTimeout(TestClient client)
    {
        _node.Turn(5);
        Assert.False(client.Transport.IsAborted);
        _node.Turn(1);
        Assert.True(client.Transport.IsAborted);
    }
}
