using System.Text;
using PushGateway.Brokers;
using PushGateway.Channels;
using PushGateway.Diagnostics;
using PushGateway.Notifications;
using PushGateway.Tests.Brokers;

namespace PushGateway.Tests.Notifications;

public sealed class NotificationPublisherTests : IAsyncDisposable
{
    private readonly RecordingBroker _broker = new();
    private readonly NotificationPublisher _publisher;

    public NotificationPublisherTests()
    {
        var options = Microsoft.Extensions.Options.Options.Create(new PushGatewayOptions());
        var directory = new ChannelDirectory(options);
        _publisher = new NotificationPublisher(_broker, new NotificationRules(directory, options), directory, new PublishMeters(TestMeter.New(), TimeProvider.System));
    }

    public ValueTask DisposeAsync() => _broker.DisposeAsync();

    [Fact]
    public async Task One_channel_gets_the_payload_on_one_line_with_its_tags()
    {
        _broker.OnPublish = _ => new(new PublishOutcome(new StreamPosition(7, "e")));
        var tags = new Dictionary<string, string> { ["kind"] = "ad" };
        var results = await PublishAsync(["news"], "{\n \"a\": 1\r\n}", tags);

        Assert.Equal([new NotificationResult("news", new StreamPosition(7, "e"))], results);
        var (channel, publication) = Assert.Single(_broker.Published);
        Assert.Equal(("news", "{ \"a\": 1}"), (channel, Encoding.UTF8.GetString(publication.Data.Span)));
        Assert.Same(tags, publication.Tags);
        Assert.Null(publication.Info);
        Assert.Equal(0ul, publication.Offset);
    }

    [Fact]
    public async Task Results_are_in_the_order_of_the_channels_whatever_the_order_of_the_answers()
    {
        var answers = new Dictionary<string, TaskCompletionSource<PublishOutcome>> { ["a"] = new(), ["b"] = new(), ["c"] = new() };
        _broker.OnPublish = channel => new(answers[channel].Task);
        var publishing = PublishAsync(["a", "b", "c"]);
        Assert.Equal(["a", "b", "c"], _broker.Published.Select(published => published.Channel));
        answers["c"].SetResult(new PublishOutcome(new StreamPosition(3, "e")));
        answers["a"].SetResult(default);
        answers["b"].SetResult(new PublishOutcome(new StreamPosition(2, "e")));
        Assert.Equal([new("a"), new("b", new StreamPosition(2, "e")), new("c", new StreamPosition(3, "e"))], await publishing);
    }

    [Fact]
    public async Task A_channel_that_is_named_twice_gets_it_once_and_both_are_answered()
    {
        Assert.Equal(["a", "b", "a"], (await PublishAsync(["a", "b", "a"])).Select(result => result.Channel));
        Assert.Equal(["a", "b"], _broker.Published.Select(published => published.Channel));
    }

    [Fact]
    public async Task Where_some_fail_each_channel_has_its_own_result()
    {
        var failure = new BrokerUnavailableException();
        _broker.OnPublish = channel => channel == "b" ? ValueTask.FromException<PublishOutcome>(failure) : default;
        Assert.Equal([new("a"), new("b", Error: failure), new("c")], await PublishAsync(["a", "b", "c"]));
    }

    [Fact]
    public async Task Where_all_fail_the_whole_fails()
    {
        _broker.OnPublish = _ => ValueTask.FromException<PublishOutcome>(new BrokerUnavailableException());
        await Assert.ThrowsAsync<BrokerUnavailableException>(() => PublishAsync(["a"]));
        await Assert.ThrowsAsync<BrokerUnavailableException>(() => PublishAsync(["a", "b"]));
    }

    [Fact]
    public async Task Where_all_conflict_the_whole_conflicts()
    {
        _broker.OnPublish = _ => ValueTask.FromException<PublishOutcome>(new IdempotencyConflictException());
        await Assert.ThrowsAsync<IdempotencyConflictException>(() => PublishAsync(["a"]));
        await Assert.ThrowsAsync<IdempotencyConflictException>(() => PublishAsync(["a", "b"]));
    }

    [Fact]
    public async Task Where_all_fail_for_different_reasons_each_channel_has_its_own()
    {
        Exception conflict = new IdempotencyConflictException(), failure = new BrokerUnavailableException();
        _broker.OnPublish = channel => ValueTask.FromException<PublishOutcome>(channel == "a" ? conflict : failure);
        Assert.Equal([new("a", Error: conflict), new("b", Error: failure)], await PublishAsync(["a", "b"]));
    }

    [Fact]
    public async Task What_became_of_it_is_passed_on()
    {
        _broker.OnPublish = channel => new(new PublishOutcome(new StreamPosition(7, "e"), IsSuperseded: channel != "a", IsRepeated: channel != "b"));
        Assert.Equal(
            [new("a", new StreamPosition(7, "e"), IsRepeated: true), new("b", new StreamPosition(7, "e"), IsSuperseded: true)],
            await PublishAsync(["a", "b"]));
    }

    [Fact]
    public async Task What_decides_about_delivery_goes_to_the_broker()
    {
        await PublishAsync(Said with { ExpiresIn = TimeSpan.FromMilliseconds(1.5), Version = 3, CollapseKey = "state", IdempotencyKey = "key", Channels = ["a", "#42"] });

        Assert.All(_broker.Published, published => Assert.Equal((TimeSpan.FromMilliseconds(1), "state"), (published.Publication.Lifetime!.Value, published.Publication.CollapseKey)));
        Assert.All(_broker.Options, options => Assert.Equal((3ul, "key", TimeSpan.FromMinutes(5)), (options.Version!.Value, options.Idempotency!.Key, options.Idempotency.Ttl)));
        Assert.Null(_broker.Options[0].History);
        Assert.Equal(100, _broker.Options[1].History!.Size);
    }

    [Fact]
    public void What_is_compared_is_all_that_is_said_but_not_to_whom()
    {
        Notification[] same = [Said, Said with { Channels = ["b"] }, Said with { Tags = new Dictionary<string, string> { ["c"] = "d", ["a"] = "b" } }];
        Notification[] other =
        [
            Said with { Data = "2"u8.ToArray() }, Said with { Data = " 1"u8.ToArray() }, Said with { Tags = null }, Said with { Tags = new Dictionary<string, string> { ["a"] = "bc", [""] = "d" } },
            Said with { ExpiresIn = TimeSpan.FromSeconds(1) }, Said with { Version = 0 }, Said with { CollapseKey = "x" }, Said with { CollapseKey = "y" },
        ];
        Assert.Single(same.Select(PrintOf).Distinct());
        Assert.Equal(other.Length + 1, other.Append(Said).Select(PrintOf).Distinct().Count());
        Assert.Equal(16 * 2, PrintOf(Said).Length);

        static string PrintOf(Notification notification) => Convert.ToHexString(Fingerprint.Of(notification));
    }

    [Fact]
    public async Task Nothing_is_published_of_a_notification_that_breaks_a_rule()
    {
        await Assert.ThrowsAsync<InvalidNotificationException>(() => PublishAsync(["a", "b c"]));
        await Assert.ThrowsAsync<InvalidNotificationException>(() => PublishAsync(["a"], "{"));
        await Assert.ThrowsAsync<InvalidNotificationException>(() => PublishAsync([]));
        Assert.Empty(_broker.Published);
    }

    [Fact]
    public void Notifications_from_CSharp_are_written_as_the_web_writes_them()
    {
        var notification = Notification.ToUser("42", new { OrderId = 7, Text = "č" });
        Assert.Equal(["#42"], notification.Channels);
        Assert.Equal("""{"orderId":7,"text":"\u010D"}""", Encoding.UTF8.GetString(notification.Data.Span));
        Assert.Equal(["news"], Notification.ToChannel("news", 1).Channels);
    }

    private static Notification Said => new()
    {
        Channels = ["a"],
        Data = "1"u8.ToArray(),
        Tags = new Dictionary<string, string> { ["a"] = "b", ["c"] = "d" },
        IdempotencyKey = "key",
    };

    private Task<IReadOnlyList<NotificationResult>> PublishAsync(Notification notification) =>
        _publisher.PublishAsync(notification, TestContext.Current.CancellationToken).AsTask();

    private Task<IReadOnlyList<NotificationResult>> PublishAsync(string[] channels, string data = "1", Dictionary<string, string>? tags = null) =>
        PublishAsync(new Notification { Channels = channels, Data = Encoding.UTF8.GetBytes(data), Tags = tags });
}
