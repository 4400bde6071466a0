using PushGateway.Channels;
using PushGateway.Connections;
using PushGateway.Fanout;
using PushGateway.Protocol;
using PushGateway.Security;
using PushGateway.Security.Tokens;

namespace PushGateway.Tests.Connections;

/// <summary>What is granted for a time ends with it.</summary>
public class PermitTests
{
    private const int Expired = 3005, GraceSeconds = 25;

    private readonly TestNode _node = new();

    [Theory]
    [InlineData(true, 60 + GraceSeconds)]
    [InlineData(false, 60)]
    public async Task A_connection_ends_with_its_token_or_when_a_new_one_did_not_come_in_time(bool isRefreshable, int seconds)
    {
        var client = await ConnectAsync(60, isRefreshable);
        Pass(seconds - 1, client);
        Assert.Null(client.Transport.CloseCode);
        Pass(3, client);
        Assert.Equal(Expired, client.Transport.CloseCode);
    }

    [Fact]
    public async Task A_new_token_in_time_lets_the_connection_go_on()
    {
        var client = await ConnectAsync(60);
        for (var i = 0; i < 5; i++)
        {
            Pass(80, client); // In the time of grace.
            client.Connection.Renew(new TokenStamp(In(60)));
        }

        Assert.Null(client.Transport.CloseCode);
        client.Connection.Renew(new TokenStamp(ExpiresAt: null));
        Pass(1000, client);
        Assert.Null(client.Transport.CloseCode);
        client.Connection.Renew(new TokenStamp(In(10)));
        Pass(10 + GraceSeconds + 2, client);
        Assert.Equal(Expired, client.Transport.CloseCode);
    }

    [Fact]
    public async Task A_client_without_a_token_that_brings_one_ends_with_it()
    {
        var client = await _node.ConnectAsync();
        client.Connection.Renew(new TokenStamp(In(60)));
        Assert.Equal(60, client.Connection.Permit!.TtlSeconds);
        Pass(60 + GraceSeconds + 2, client);
        Assert.Equal(Expired, client.Transport.CloseCode);
    }

    [Fact]
    public async Task A_subscription_ends_with_its_token_and_the_client_may_subscribe_again()
    {
        var client = await _node.ConnectAsync();
        Subscribe(client, "x", 60);
        Subscribe(client, "y", 600);
        Pass(60 + GraceSeconds + 2, client);
        Assert.Equal("""{"push":{"channel":"x","unsubscribe":{"code":2501,"reason":"subscription expired"}}}""", client.LastText);
        Assert.Null(client.Transport.CloseCode);
        Assert.False(client.Connection.Subscriptions.Contains("x"));
        Assert.True(client.Connection.Subscriptions.Contains("y"));
        _node.Deliver("x", "1");
        Assert.DoesNotContain(client.Texts, static text => text.Contains("\"pub\"", StringComparison.Ordinal));
        await client.SubscribeAsync("x", id: 9);
        Assert.Equal("""{"id":9,"subscribe":{}}""", client.LastText);
    }

    [Fact]
    public async Task A_new_token_lets_a_subscription_go_on_unless_it_has_ended()
    {
        var client = await _node.ConnectAsync();
        var subscription = Subscribe(client, "x", 60);
        Pass(80, client);
        Assert.True(client.Connection.Subscriptions.TryRenew(subscription, new TokenStamp(In(100)), In(100)));
        Pass(100, client);
        Assert.True(client.Connection.Subscriptions.Contains("x"));
        Pass(GraceSeconds + 2, client);
        Assert.False(client.Connection.Subscriptions.Contains("x"));
        Assert.False(client.Connection.Subscriptions.TryRenew(subscription, new TokenStamp(In(100)), In(100)));
    }

    [Fact]
    public async Task A_node_that_stood_still_ends_what_has_ended_meanwhile_within_a_minute()
    {
        var client = await ConnectAsync(3600);
        _node.Time.Advance(TimeSpan.FromHours(2)); // And the wheel has not turned.
        Pass(62, client);
        Assert.Equal(Expired, client.Transport.CloseCode);
    }

    [Fact]
    public async Task What_is_left_is_told_in_whole_seconds_and_never_as_none()
    {
        var client = await ConnectAsync(60);
        Assert.Equal(60, client.Connection.Permit!.TtlSeconds);
        _node.Time.Advance(TimeSpan.FromSeconds(59.9));
        Assert.Equal(1, client.Connection.Permit.TtlSeconds);
        _node.Time.Advance(TimeSpan.FromSeconds(59.9));
        Assert.Equal(1, client.Connection.Permit.TtlSeconds);
        Assert.Null((await ConnectAsync(null)).Connection.Permit!.TtlSeconds);
        Assert.Null((await ConnectAsync(60, isRefreshable: false)).Connection.Permit!.TtlSeconds);
    }

    [Fact]
    public async Task What_is_asked_on_behalf_of_a_client_ends_with_it()
    {
        var client = await _node.ConnectAsync();
        var gone = client.Connection.Gone;
        Assert.False(gone.IsCancellationRequested);
        client.Connection.Close(CloseReason.Shutdown);
        Assert.True(gone.IsCancellationRequested);
        Assert.True(client.Connection.Gone.IsCancellationRequested);
        var left = await _node.ConnectAsync();
        var asked = left.Connection.Gone;
        await left.Connection.EndAsync();
        Assert.True(asked.IsCancellationRequested);
    }

    private DateTimeOffset In(int seconds) => _node.Time.GetUtcNow().AddSeconds(seconds);

    private async Task<TestClient> ConnectAsync(int? seconds, bool isRefreshable = true)
    {
        var client = _node.Open();
        DateTimeOffset? end = seconds is { } ttl ? In(ttl) : null;
        Assert.True(client.Connection.TryIdentify(new ClientIdentity("42"), new Permit(client.Connection, _node.Registry, new TokenStamp(end), end, isRefreshable)));
        Assert.True(client.Connection.TryBeginSession());
        Assert.True(client.Connection.TryOpenSession(new Reply(1, PingResult.Instance), []));
        return await Task.FromResult(client);
    }

    private Subscription Subscribe(TestClient client, string channel, int seconds)
    {
        var permit = new Permit(client.Connection, _node.Registry, new TokenStamp(In(seconds)), In(seconds), isRefreshable: true);
        var subscription = _node.Hub.Subscribe(client.Connection, channel, new ChannelRules(ChannelAccess.Anonymous, ChannelAccess.Anonymous), SubscriptionKind.Granted, out _, permit: permit);
        Assert.Null(client.Connection.Subscriptions.Add(subscription, limit: 10));
        Assert.True(client.Connection.Subscriptions.GoLive(subscription, []));
        return subscription;
    }

    // The client answers every ping.
    private void Pass(int seconds, TestClient client)
    {
        for (; seconds > 0; seconds--)
        {
            _node.Time.Advance(TimeSpan.FromSeconds(1));
            _node.Turn(1);
            client.Connection.TryTakePong();
        }
    }
}
