using PushGateway.Channels;
using static PushGateway.Channels.ChannelAccess;

namespace PushGateway.Tests.Channels;

public class ChannelDirectoryTests
{
    [Fact]
    public void Where_nothing_is_set_authenticated_clients_subscribe_and_no_client_publishes()
    {
        Assert.Equal(new ChannelRules(Authenticated, Nobody), RulesOf("news", new PushGatewayOptions()));
    }

    [Fact]
    public void Channels_without_a_namespace_have_the_rules_of_the_defaults()
    {
        var options = new PushGatewayOptions { Channels = { Subscribe = Anonymous, Publish = Authenticated } };
        Assert.Equal(new ChannelRules(Anonymous, Authenticated), RulesOf("news", options));
        Assert.Equal(new ChannelRules(Anonymous, Authenticated), RulesOf("news#1", options));
    }

    [Fact]
    public void Names_that_are_longer_than_set_lead_nowhere_but_to_users()
    {
        var options = new PushGatewayOptions { MaxChannelNameBytes = 8 };
        options.Namespaces["ns"] = new ChannelOptions();
        Assert.NotNull(RulesOf("12345678", options));
        Assert.NotNull(RulesOf("ns:45678", options));
        Assert.Null(RulesOf("123456789", options));
        Assert.Null(RulesOf("ns:456789", options));
        Assert.NotNull(RulesOf("#23456789", options));
        var directory = new ChannelDirectory(Microsoft.Extensions.Options.Options.Create(options));
        Assert.False(directory.TryGetRules("123456789", out _, out var why));
        Assert.Equal("is longer than 8 bytes", why);
    }

    [Fact]
    public void Users_own_channels_keep_a_hundred_publications_for_a_day()
    {
        var options = new PushGatewayOptions { Channels = { HistorySize = 5, HistoryTtl = TimeSpan.FromHours(1) } };
        var rules = RulesOf("#1", options)!;
        Assert.Equal(new HistoryLimits(100, TimeSpan.FromDays(1), TimeSpan.FromDays(30)), rules.History);
        Assert.True(rules.Recovers);

        options.UserChannels = new ChannelOptions { HistorySize = 0 };
        Assert.Null(RulesOf("#1", options)!.History);
        Assert.False(RulesOf("#1", options)!.Recovers);
    }

    [Fact]
    public void Where_clients_recover_a_history_is_kept_and_where_one_is_kept_they_recover()
    {
        var options = new PushGatewayOptions();
        options.Namespaces["a"] = new ChannelOptions { Recovery = true };
        options.Namespaces["b"] = new ChannelOptions { HistorySize = 7, HistoryTtl = TimeSpan.FromDays(60) };
        options.Namespaces["c"] = new ChannelOptions { HistorySize = 7, Recovery = false };
        Assert.Equal((new HistoryLimits(100, TimeSpan.FromDays(1), TimeSpan.FromDays(30)), true), (RulesOf("a:x", options)!.History, RulesOf("a:x", options)!.Recovers));
        Assert.Equal((new HistoryLimits(7, TimeSpan.FromDays(60), TimeSpan.FromDays(60)), true), (RulesOf("b:x", options)!.History, RulesOf("b:x", options)!.Recovers));
        Assert.False(RulesOf("c:x", options)!.Recovers);
        Assert.Null(RulesOf("x", options)!.History);
    }

    [Fact]
    public void What_a_namespace_leaves_unset_comes_from_the_defaults()
    {
        var options = new PushGatewayOptions { Channels = { Subscribe = Anonymous, Publish = Authenticated } };
        options.Namespaces["empty"] = new ChannelOptions();
        options.Namespaces["closed"] = new ChannelOptions { Subscribe = Nobody };
        options.Namespaces["loud"] = new ChannelOptions { Publish = Anonymous };
        options.Namespaces["both"] = new ChannelOptions { Subscribe = Authenticated, Publish = Nobody };

        Assert.Equal(new ChannelRules(Anonymous, Authenticated) { Namespace = "empty" }, RulesOf("empty:x", options));
        Assert.Equal(new ChannelRules(Nobody, Authenticated) { Namespace = "closed" }, RulesOf("closed:x", options));
        Assert.Equal(new ChannelRules(Anonymous, Anonymous) { Namespace = "loud" }, RulesOf("loud:x", options));
        Assert.Equal(new ChannelRules(Authenticated, Nobody) { Namespace = "both" }, RulesOf("both:x", options));
        Assert.Equal(new ChannelRules(Authenticated, Nobody) { Namespace = "both" }, RulesOf("both:x#1,2", options));
    }

    [Theory]
    [InlineData("other:x")]
    [InlineData("Chat:x")]
    [InlineData("cha:x")]
    [InlineData("chats:x")]
    public void A_namespace_that_is_not_listed_does_not_exist(string channel)
    {
        var options = new PushGatewayOptions();
        options.Namespaces["chat"] = new ChannelOptions();
        Assert.Null(RulesOf(channel, options));
        Assert.NotNull(RulesOf("chat:x", options));
        Assert.NotNull(RulesOf("x#chats:x", options));
    }

    private static ChannelRules? RulesOf(string channel, PushGatewayOptions options)
    {
        var directory = new ChannelDirectory(Microsoft.Extensions.Options.Options.Create(options));
        Assert.True(ChannelName.TryParse(channel, out var name, out _));
        return directory.TryGetRules(name, out var rules) ? rules : null;
    }
}
