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
        Assert.Equal(new ChannelRules(Anonymous, Authenticated), RulesOf("#1", options));
    }

    [Fact]
    public void What_a_namespace_leaves_unset_comes_from_the_defaults()
    {
        var options = new PushGatewayOptions { Channels = { Subscribe = Anonymous, Publish = Authenticated } };
        options.Namespaces["empty"] = new ChannelOptions();
        options.Namespaces["closed"] = new ChannelOptions { Subscribe = Nobody };
        options.Namespaces["loud"] = new ChannelOptions { Publish = Anonymous };
        options.Namespaces["both"] = new ChannelOptions { Subscribe = Authenticated, Publish = Nobody };

        Assert.Equal(new ChannelRules(Anonymous, Authenticated), RulesOf("empty:x", options));
        Assert.Equal(new ChannelRules(Nobody, Authenticated), RulesOf("closed:x", options));
        Assert.Equal(new ChannelRules(Anonymous, Anonymous), RulesOf("loud:x", options));
        Assert.Equal(new ChannelRules(Authenticated, Nobody), RulesOf("both:x", options));
        Assert.Equal(new ChannelRules(Authenticated, Nobody), RulesOf("both:x#1,2", options));
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
