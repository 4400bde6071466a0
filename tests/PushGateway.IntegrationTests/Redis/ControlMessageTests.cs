using System.Text;
using System.Text.Json;
using PushGateway.Cluster;
using PushGateway.IntegrationTests.Contracts;
using PushGateway.IntegrationTests.Infrastructure;
using PushGateway.Security.Revocations;

namespace PushGateway.IntegrationTests.Redis;

/// <summary>What nodes say to each other, byte by byte: nodes of different versions must understand it. A test that needs a change here needs a new version of the messages.</summary>
public sealed class ControlMessageTests(RedisServer redis) : IAsyncLifetime
{
    private readonly string _prefix = RedisNode.UniquePrefix();
    private readonly StubNode _stub = new("a") { Reaches = new Reached(2, LimitExceeded: 1) };
    private RedisNode _node = null!;
    private RedisServerControl _control = null!;

    private static readonly DateTimeOffset Moment = new(2026, 11, 23, 10, 0, 0, TimeSpan.Zero);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<string, string, object> Orders => new()
    {
        { "disconnect", """{"user":"42"}""", new Disconnection("42") },
        { "disconnect", """{"user":"42","code":4001,"reason":"bye","client":"c"}""", new Disconnection("42", 4001, "bye", "c") },
        { "disconnect", """{"since":"tomorrow","user":"42","code":3011,"device":{"id":[1,null]}}""", new Disconnection("42", 3011) },
        { "unsubscribe", """{"user":"42","channel":"news"}""", new Unsubscription("42", "news") },
        { "unsubscribe", """{"user":"42","channel":"news","client":"c","code":2001}""", new Unsubscription("42", "news", "c") },
        { "subscribe", """{"user":"42","channel":"news"}""", new ServerSubscription("42", "news") },
        {
            "subscribe",
            """{"user":"42","channel":"news","info":"{\"a\":1}","since":{"offset":7,"epoch":"e","age":1},"client":"c","joinLeave":true}""",
            new ServerSubscription("42", "news", """{"a":1}""", new(7, "e"), "c")
        },
        {
            "revoke",
            """{"user":"42","before":"2026-11-23T10:00:00.123+00:00","keepUntil":"2026-12-23T10:00:00+00:00","why":"stolen"}""",
            new Revocation("42", Moment.AddMilliseconds(123), null, Moment.AddDays(30))
        },
        { "revoke", """{"before":"0001-01-01T00:00:00+00:00","tokenId":"t1"}""", new Revocation(null, default, "t1", null) },
    };

    public async ValueTask InitializeAsync()
    {
        _control = await RedisServerControl.ConnectAsync(redis);
        _node = NewNode(TimeSpan.FromSeconds(20));
        await _node.Cluster.StartAsync(_stub, Cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        await _node.DisposeAsync();
        await _control.DisposeAsync();
    }

    [Theory]
    [MemberData(nameof(Orders), DisableDiscoveryEnumeration = true)]
    public async Task An_order_of_another_version_is_carried_out_and_answered_whatever_else_stands_in_it(string kind, string body, object order)
    {
        var answers = await _control.ListenAsync(Topic("reply:x"));

        await SayAsync($$"""{"version":1,"trace":"t","kind":"{{kind}}","id":"7","from":"newer","replyTo":"reply:x","body":{{body}},"more":[]}""");

        var answer = JsonElement.Parse(await answers.ReadAsync(Cancellation));
        Assert.Equal([order], _stub.Orders);
        Assert.Equal((1, kind, "7", "a"), (Number(answer, "version"), Text(answer, "kind"), Text(answer, "id"), Text(answer, "from")));
        Assert.False(answer.TryGetProperty("replyTo", out _));
        Assert.Equal((2, 1), (Number(answer.GetProperty("body"), "count"), Number(answer.GetProperty("body"), "limitExceeded")));
    }

    [Fact]
    public async Task What_a_node_asks_has_the_form_that_other_versions_know()
    {
        await using var other = NewNode(TimeSpan.FromSeconds(20));
        await other.Cluster.StartAsync(new StubNode("b"), Cancellation);
        var questions = await _control.ListenAsync(Topic("control"));

        await _node.Cluster.DisconnectAsync(new Disconnection("42", 4001, "bye", "c"), Cancellation);
        await _node.Cluster.UnsubscribeAsync(new Unsubscription("42", "news"), Cancellation);
        await _node.Cluster.SubscribeAsync(new ServerSubscription("42", "news", "1", new(7, "e")), Cancellation);

        await _node.Cluster.RevokeAsync(new Revocation("42", Moment, null, Moment.AddDays(30)), Cancellation);
        await _node.Cluster.RevokeAsync(new Revocation(null, default, "t1", null), Cancellation);

        await AssertAskedAsync("disconnect", """{"user":"42","code":4001,"reason":"bye","client":"c"}""");
        await AssertAskedAsync("unsubscribe", """{"user":"42","channel":"news"}""");
        await AssertAskedAsync("subscribe", """{"user":"42","channel":"news","info":"1","since":{"offset":7,"epoch":"e"}}""");
        await AssertAskedAsync("revoke", """{"user":"42","before":"2026-11-23T10:00:00+00:00","keepUntil":"2026-12-23T10:00:00+00:00"}""");
        await AssertAskedAsync("revoke", """{"before":"0001-01-01T00:00:00+00:00","tokenId":"t1"}""");

        async Task AssertAskedAsync(string kind, string body)
        {
            var question = JsonElement.Parse(await questions.ReadAsync(Cancellation));
            Assert.Equal((1, kind, "a"), (Number(question, "version"), Text(question, "kind"), Text(question, "from")));
            Assert.NotEmpty(Text(question, "id"));
            Assert.NotEmpty(Text(question, "replyTo"));
            Assert.True(JsonElement.DeepEquals(JsonElement.Parse(body), question.GetProperty("body")), question.ToString());
        }
    }

    [Fact]
    public async Task The_answer_of_a_newer_node_counts_whatever_else_stands_in_it()
    {
        // In the place of this one, which never answers by itself.
        await using var newer = NewNode(TimeSpan.FromSeconds(20));
        await newer.Cluster.StartAsync(new StubNode("b") { Busy = new TaskCompletionSource().Task }, Cancellation);
        var questions = await _control.ListenAsync(Topic("control"));

        var asking = _node.Cluster.SubscribeAsync(new ServerSubscription("42", "news"), Cancellation);
        var question = JsonElement.Parse(await questions.ReadAsync(Cancellation));
        await _control.PublishAsync(
            Topic(Text(question, "replyTo")),
            Encoding.UTF8.GetBytes($$"""{"version":1,"kind":"subscribe","id":"{{Text(question, "id")}}","from":"b","body":{"count":5,"refused":3},"load":0.5}"""));

        var reached = await asking;
        Assert.Equal((7, 1), (reached.Count, reached.LimitExceeded));
        Assert.Empty(reached.SilentNodes);
    }

    [Fact]
    public async Task Kinds_and_versions_that_a_node_does_not_know_are_passed_over_without_an_answer()
    {
        var answers = await _control.ListenAsync(Topic("reply:x"));
        await SayAsync("""{"version":1,"kind":"banish","id":"1","from":"newer","replyTo":"reply:x","body":{"user":"42"}}""");
        await SayAsync("""{"version":2,"kind":"disconnect","id":"2","from":"newer","replyTo":"reply:x","body":{"user":"42"}}""");
        await SayAsync("""{"version":1,"kind":"disconnect","id":"3","from":"newer","replyTo":"reply:x","body":"42"}""");
        await SayAsync("""{"version":1,"kind":"disconnect","id":"4","from":"newer","replyTo":"reply:x"}""");
        await SayAsync("""{"version":1,"kind":"disconnect","id":"5","from":"newer","replyTo":"reply:x","body":{"user":"42"}}""");

        Assert.Equal("5", Text(JsonElement.Parse(await answers.ReadAsync(Cancellation)), "id"));
        Assert.Equal([new Disconnection("42")], _stub.Orders);
        Assert.False(answers.TryRead(out _));
    }

    [Fact]
    public async Task A_node_that_does_not_answer_in_time_is_named_and_the_others_count()
    {
        await using var asking = NewNode(TimeSpan.FromMilliseconds(500));
        await asking.Cluster.StartAsync(new StubNode("b") { Reaches = new Reached(10) }, Cancellation);
        _stub.Busy = new TaskCompletionSource().Task;

        var reached = await asking.Cluster.SubscribeAsync(new ServerSubscription("42", "news"), Cancellation);
        Assert.Equal(10, reached.Count);
        Assert.Equal(["a"], reached.SilentNodes);
    }

    [Fact]
    public async Task A_node_that_is_not_done_in_time_itself_is_named_like_any_other()
    {
        await using var asking = NewNode(TimeSpan.FromMilliseconds(500));
        await asking.Cluster.StartAsync(new StubNode("b") { Busy = new TaskCompletionSource().Task }, Cancellation);

        var reached = await asking.Cluster.SubscribeAsync(new ServerSubscription("42", "news"), Cancellation);
        Assert.Equal(2, reached.Count);
        Assert.Equal(["b"], reached.SilentNodes);
    }

    [Fact]
    public async Task A_thousand_orders_at_once_reach_every_node()
    {
        var other = new StubNode("b") { Reaches = new Reached(10) };
        await using var second = NewNode(TimeSpan.FromSeconds(20));
        await second.Cluster.StartAsync(other, Cancellation);

        var all = await Task.WhenAll(Enumerable.Range(0, 1000).Select(i => _node.Cluster.DisconnectAsync(new Disconnection($"{i}"), Cancellation).AsTask()));

        Assert.All(all, reached => Assert.Equal((12, 0), (reached.Count, reached.SilentNodes.Count)));
        Assert.Equal(1000, other.Orders.Count);
    }

    private string Topic(string name) => $"{_prefix}:{{cluster}}:{name}";

    private Task SayAsync(string message) => _control.PublishAsync(Topic("control"), Encoding.UTF8.GetBytes(message));

    private static string Text(JsonElement message, string field) => message.GetProperty(field).GetString()!;

    private static int Number(JsonElement message, string field) => message.GetProperty(field).GetInt32();

    private RedisNode NewNode(TimeSpan replyTimeout) => new(redis.ConnectionString, _prefix, options =>
    {
        options.CommandTimeout = TimeSpan.FromSeconds(20);
        options.ReplyTimeout = replyTimeout;
    });
}
