using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using PushGateway.Api;
using PushGateway.Channels;
using PushGateway.Security;

namespace PushGateway.Tests.Api;

public class RawPathTests
{
    private const string OfBoth = "/v1/channels/{channel}/subscribers/{user}";

    private readonly ChannelDirectory _channels = new(Microsoft.Extensions.Options.Options.Create(new PushGatewayOptions { Namespaces = { ["chat"] = new ChannelOptions() } }));

    [Theory]
    [InlineData("/v1/channels/chat:a/subscribers/42", "chat:a", "42", "chat:a", "42")]
    [InlineData("/v1/channels/chat%3Aa%2Fb/subscribers/a%2Fb/", "chat:a%2Fb", "a%2Fb", "chat:a/b", "a/b")]
    [InlineData("/v1/channels/chat%3Aa%252Fb/subscribers/a%252fb", "chat:a%2Fb", "a%2fb", "chat:a%2Fb", "a%2fb")]
    [InlineData("/v1/channels/%2342/subscribers/%2342?x=/v1/channels/a/subscribers/b", "#42", "#42", "#42", "#42")]
    [InlineData("/behind/a/proxy/v1/channels/a/subscribers/%25", "a", "%", "a", "%")]
    [InlineData("http://a/v1/channels/subscribers/subscribers/channels", "subscribers", "channels", "subscribers", "channels")]
    public void Names_are_those_that_were_sent(string target, string routedChannel, string routedUser, string channel, string user)
    {
        var context = Request(target, OfBoth, routedChannel, routedUser);
        Assert.True(RawPath.TryGetChannel(context, _channels, out var namedChannel, out var rules, out _));
        Assert.True(RawPath.TryGetUser(context, out var namedUser, out _));
        Assert.Equal((channel, user), (namedChannel, namedUser));
        Assert.Same(_channels.RulesOf(channel), rules);
    }

    [Theory]
    [InlineData("chat", true)]
    [InlineData("ch*", true)]
    [InlineData("news", false)]
    [InlineData("#none", false)]
    public void A_channel_outside_of_the_callers_namespaces_is_refused_wherever_it_is_named(string pattern, bool isAllowed)
    {
        var context = Request("/v1/channels/chat:a/subscribers/42", OfBoth, "chat:a", "42", new ApiCaller("shop", ApiScopes.All, new KeyNamespaces([pattern])));
        if (isAllowed)
            Assert.True(RawPath.TryGetChannel(context, _channels, out _, out _, out _));
        else
            Assert.Equal(RefusalKind.Namespace, Assert.Throws<RefusedException>(() => RawPath.TryGetChannel(context, _channels, out _, out _, out _)).Refusal.Kind);
    }

    [Theory]
    [InlineData("/v1/users/42", "/v1/users/{user}")]
    [InlineData("/v1/users/42/presence", "/v1/users/{user}/presence")]
    [InlineData("/v1/users/42/connections/of/all", "/v1/users/{user}/connections/of/all")]
    public void A_name_may_stand_anywhere(string target, string route)
    {
        Assert.True(RawPath.TryGetUser(Request(target, route, user: "42"), out var user, out _));
        Assert.Equal("42", user);
    }

    [Theory]
    [InlineData("/v1/channels/a/../subscribers/42", true)]
    [InlineData("/v1/channels/b/subscribers/42", true)]
    [InlineData("42", true)]
    [InlineData("/v1/channels/a/subscribers/42/x/..", false)]
    [InlineData("", false)]
    public void What_does_not_stand_in_the_path_that_was_routed_too_is_no_name(string target, bool isUser)
    {
        var context = Request(target, OfBoth, "a", "42");
        Assert.False(RawPath.TryGetChannel(context, _channels, out _, out _, out var channelProblem));
        Assert.Equal("channel must be one segment of a plain address.", channelProblem.Detail);
        Assert.Equal(isUser, RawPath.TryGetUser(context, out _, out var userProblem));
        Assert.Equal(isUser ? null : "user must be one segment of a plain address.", userProblem?.Detail);
    }

    [Theory]
    [InlineData("%2C", ",")]
    [InlineData("a%20b", "a b")]
    [InlineData("%C3%A9", "é")]
    [InlineData("a%00", "a\0")]
    public void A_user_that_is_none_is_refused(string segment, string routed)
    {
        Assert.False(RawPath.TryGetUser(Request($"/v1/users/{segment}/presence", "/v1/users/{user}/presence", user: routed), out _, out var problem));
        Assert.Equal(["user"], problem.Errors!.Keys);
    }

    [Theory]
    [InlineData("nowhere:a")]
    [InlineData("a b")]
    public void A_channel_that_is_none_is_refused(string channel)
    {
        var context = Request($"/v1/channels/{Uri.EscapeDataString(channel)}/presence", "/v1/channels/{channel}/presence", channel);
        Assert.False(RawPath.TryGetChannel(context, _channels, out _, out _, out var problem));
        Assert.Equal(["channel"], problem.Errors!.Keys);
    }

    private static DefaultHttpContext Request(string target, string route, string? channel = null, string? user = null, ApiCaller? caller = null)
    {
        var context = new DefaultHttpContext();
        context.Features.Set(caller ?? ApiCaller.Loopback);
        context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget = target;
        context.SetEndpoint(new RouteEndpoint(_ => Task.CompletedTask, RoutePatternFactory.Parse(route), 0, null, null));
        context.Request.RouteValues = new RouteValueDictionary { ["channel"] = channel, ["user"] = user };
        return context;
    }
}
