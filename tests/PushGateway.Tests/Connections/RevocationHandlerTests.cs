using PushGateway.Channels;
using PushGateway.Connections;
using PushGateway.Fanout;
using PushGateway.Security.Revocations;
using PushGateway.Security.Tokens;

namespace PushGateway.Tests.Connections;

public class RevocationHandlerTests
{
    private readonly TestNode _node = new();

    private DateTimeOffset Now => _node.Time.GetUtcNow();

    [Fact]
    public async Task Connections_of_the_user_that_began_before_are_closed_and_no_others()
    {
        var (one, two, other, anonymous) = (await _node.ConnectAsync("42"), await _node.ConnectAsync("42"), await _node.ConnectAsync("43"), await _node.ConnectAsync());
        _node.Time.Advance(TimeSpan.FromSeconds(1));
        var later = await _node.ConnectAsync("42");

        Assert.Equal(2, _node.Local.Revoke(new Revocation("42", Now, null, null)).Count);

        Assert.False(one.Connection.IsOpen);
        Assert.False(two.Connection.IsOpen);
        Assert.Equal(3500, one.Transport.CloseCode);
        Assert.True(other.Connection.IsOpen);
        Assert.True(anonymous.Connection.IsOpen);
        Assert.True(later.Connection.IsOpen);
        Assert.Equal(0, _node.Local.Revoke(new Revocation("42", Now, null, null)).Count);
    }

    [Fact]
    public async Task What_the_cluster_keeps_closes_connections_once()
    {
        var client = await _node.ConnectAsync("42");
        _node.Time.Advance(TimeSpan.FromSeconds(1));
        var kept = new Revocation("42", Now, null, null);

        _node.Local.Learn([new Revocation("43", Now, null, null), new Revocation(null, default, "t1", null), kept], areAll: false);
        Assert.False(client.Connection.IsOpen);
        Assert.Equal(3, _node.Local.Revocations.Count);

        // What is known already is passed over: it comes back from Redis for each that this node made.
        var later = await _node.ConnectAsync("42");
        _node.Local.Learn([kept], areAll: false);
        Assert.True(later.Connection.IsOpen);
    }

    [Fact]
    public async Task One_token_takes_those_connections_along_that_came_or_subscribed_by_it()
    {
        var (by, renewed, subscribed, other) = (await _node.ConnectAsync("42"), await _node.ConnectAsync("42"), await _node.ConnectAsync(), await _node.ConnectAsync("42"));
        by.Connection.Renew(new TokenStamp(null, Now, "t1"));
        renewed.Connection.Renew(new TokenStamp(null, Now, "t1"));
        renewed.Connection.Renew(new TokenStamp(null, Now, "t2"));
        other.Connection.Renew(new TokenStamp(null, Now, "t3"));
        var permit = new Permit(subscribed.Connection, _node.Registry, new TokenStamp(null, Now, "t1"), null, isRefreshable: true);
        var subscription = _node.Hub.Subscribe(subscribed.Connection, "x", new ChannelRules(ChannelAccess.Anonymous, ChannelAccess.Anonymous), SubscriptionKind.Granted, out _, permit: permit);
        Assert.Null(subscribed.Connection.Subscriptions.Add(subscription, limit: 10));

        Assert.Equal(2, _node.Local.Revoke(new Revocation(null, default, "t1", null)).Count);
        Assert.Equal(3500, by.Transport.CloseCode);
        Assert.Equal(3500, subscribed.Transport.CloseCode);
        Assert.True(renewed.Connection.IsOpen);
        Assert.True(other.Connection.IsOpen);
    }

    [Fact]
    public async Task An_order_that_comes_after_its_revocation_was_read_tells_what_the_reading_closed()
    {
        await _node.ConnectAsync("42");
        await _node.ConnectAsync("42");
        await _node.ConnectAsync("43");
        Revocation first = new("42", Now.AddSeconds(1), null, null), second = new("43", Now.AddSeconds(1), null, null);

        _node.Local.Learn([first, second], areAll: false);

        Assert.Equal(2, _node.Local.Revoke(first).Count);
        Assert.Equal(0, _node.Local.Revoke(first).Count);
        _node.Time.Advance(TimeSpan.FromSeconds(6)); // An order that nobody waits for any more.
        Assert.Equal(0, _node.Local.Revoke(second).Count);
    }

    [Fact]
    public void One_that_is_about_nobody_or_about_both_is_refused()
    {
        Assert.Throws<ArgumentException>(() => _node.Local.Revoke(new Revocation(null, Now, null, null)));
        Assert.Throws<ArgumentException>(() => _node.Local.Revoke(new Revocation("42", Now, "t1", null)));
        Assert.Throws<ArgumentException>(() => _node.Local.Learn([new Revocation(null, Now, null, null)], areAll: true));
        Assert.Empty(_node.Local.Revocations);
    }
}
