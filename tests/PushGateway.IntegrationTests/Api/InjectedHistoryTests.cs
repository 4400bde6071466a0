using System.Text;
using Microsoft.Extensions.DependencyInjection;
using PushGateway.Brokers;
using PushGateway.Channels;
using PushGateway.IntegrationTests.Infrastructure;
using PushGateway.Notifications;

namespace PushGateway.IntegrationTests.Api;

/// <summary>Histories and keys for applications that host the gateway.</summary>
public sealed class InjectedHistoryTests(KeepingNode shared) : IClassFixture<KeepingNode>
{
    private readonly INotificationPublisher _publisher = shared.Node.Services.GetRequiredService<INotificationPublisher>();
    private readonly IChannelHistory _history = shared.Node.Services.GetRequiredService<IChannelHistory>();
    private readonly string _channel = $"kept:{Guid.NewGuid():N}";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_was_published_is_read_and_removed()
    {
        var result = Assert.Single(await _publisher.PublishAsync(Notification.ToChannel(_channel, 1), Cancellation));

        var page = await _history.ReadAsync(_channel, new HistoryQuery(10), Cancellation);
        Assert.Equal(result.Position, page.Top);
        Assert.Equal("1", Encoding.UTF8.GetString(Assert.Single(page.Publications).Data.Span));

        await _history.RemoveAsync(_channel, Cancellation);
        Assert.Equal(0ul, (await _history.ReadAsync(_channel, new HistoryQuery(10), Cancellation)).Top.Offset);
    }

    [Fact]
    public async Task A_second_attempt_from_CSharp_is_told_from_the_first()
    {
        var notification = Notification.ToChannel(_channel, 1) with { IdempotencyKey = "key" };
        var first = Assert.Single(await _publisher.PublishAsync(notification, Cancellation));
        var second = Assert.Single(await _publisher.PublishAsync(notification, Cancellation));
        Assert.Equal(first with { IsRepeated = true }, second);
        await Assert.ThrowsAsync<IdempotencyConflictException>(async () => await _publisher.PublishAsync(notification with { Version = 1 }, Cancellation));
    }

    [Fact]
    public async Task A_page_stops_where_the_largest_publications_would_pass_its_bytes()
    {
        await using var node = GatewayNode.Start(("PushGateway:Api:MaxDataBytes", "1000"), ("PushGateway:Api:MaxHistoryPageBytes", "3500"));
        for (var i = 0; i < 5; i++)
            await node.PostAsync("#42", "1");
        var page = await node.Http.FetchHistoryAsync("#42");
        Assert.Equal((3, 3), (page.GetProperty("publications").GetArrayLength(), page.GetProperty("next").GetInt32()));
    }

    [Fact]
    public async Task A_key_is_forgotten_when_its_time_is_over()
    {
        await using var node = GatewayNode.Start(("PushGateway:Api:IdempotencyTtl", "00:00:01"));
        const string body = """{"user":"42","data":1}""";
        await node.Http.PostNotificationAsync(body, "key");
        Assert.True((await node.Http.PostNotificationAsync(body, "key")).Headers.Contains("Idempotency-Replayed"));
        await Eventually.EqualAsync(false, async () => (await node.Http.PostNotificationAsync(body, "key")).Headers.Contains("Idempotency-Replayed"));
        Assert.Equal(2, (await node.Http.FetchHistoryAsync("#42")).GetProperty("offset").GetInt32());
    }
}
