using PushGateway.Channels;
using PushGateway.Security;
using static PushGateway.Channels.ChannelAccess;

namespace PushGateway.Tests.Security;

public class ClientPermissionsTests
{
    private const int Yes = 0, UnknownChannel = 102, Denied = 103;

    [Theory]
    [InlineData(null, "Development", true)]
    [InlineData(null, "Production", false)]
    [InlineData(null, "Staging", false)]
    [InlineData(true, "Production", true)]
    [InlineData(false, "Development", false)]
    public void An_anonymous_client_may_connect_where_it_is_allowed(bool? allow, string environment, bool expected)
    {
        var permissions = Make(options => options.Security.AllowAnonymous = allow, environment);
        Assert.Equal(expected, permissions.MayConnect(""));
        Assert.True(permissions.MayConnect("42"));
    }

    [Theory]
    [InlineData(Nobody, "", "ns:x", Denied)]
    [InlineData(Nobody, "42", "ns:x", Denied)]
    [InlineData(Nobody, "42", "ns:x#42", Denied)]
    [InlineData(Authenticated, "", "ns:x", Denied)]
    [InlineData(Authenticated, "42", "ns:x", Yes)]
    [InlineData(Authenticated, "42", "ns:x#42", Yes)]
    [InlineData(Authenticated, "42", "ns:x#41,42", Yes)]
    [InlineData(Authenticated, "42", "ns:x#43", Denied)]
    [InlineData(Anonymous, "", "ns:x", Yes)]
    [InlineData(Anonymous, "42", "ns:x", Yes)]
    [InlineData(Anonymous, "", "ns:x#42", Denied)]
    [InlineData(Anonymous, "43", "ns:x#42", Denied)]
    [InlineData(Anonymous, "42", "ns:x#42", Yes)]
    [InlineData(Anonymous, "42", "other:x", UnknownChannel)]
    [InlineData(Anonymous, "42", "other:x#42", UnknownChannel)]
    [InlineData((ChannelAccess)9, "42", "ns:x", Denied)]
    public void A_client_may_what_the_access_of_the_channel_says(ChannelAccess access, string user, string channel, int expected)
    {
        var mayRead = Make(options => options.Namespaces["ns"] = new ChannelOptions { Subscribe = access, Publish = Nobody });
        var mayWrite = Make(options => options.Namespaces["ns"] = new ChannelOptions { Subscribe = Nobody, Publish = access });
        Assert.True(ChannelName.TryParse(channel, out var name, out _));
        Assert.Equal(expected, mayRead.MaySubscribe(user, name)?.Code ?? Yes);
        Assert.Equal(expected, mayWrite.MayPublish(user, name)?.Code ?? Yes);
    }

    [Theory]
    [InlineData("42", Yes)]
    [InlineData("43", Denied)]
    [InlineData("", Denied)]
    public void The_channel_of_a_user_is_read_by_that_user_and_written_by_no_client_whatever_is_set(string user, int expected)
    {
        Assert.True(ChannelName.TryParse("#42", out var own, out _));
        foreach (var access in new[] { Nobody, Authenticated, Anonymous })
        {
            var permissions = Make(options => options.Channels = new ChannelOptions { Subscribe = access, Publish = access });
            Assert.Equal(expected, permissions.MaySubscribe(user, own)?.Code ?? Yes);
            Assert.Equal(Denied, permissions.MayPublish(user, own)?.Code);
        }
    }

    private static ClientPermissions Make(Action<PushGatewayOptions> configure, string environment = "Production")
    {
        var options = new PushGatewayOptions();
        configure(options);
        var made = Microsoft.Extensions.Options.Options.Create(options);
        return new ClientPermissions(new ChannelDirectory(made), made, new TestEnvironment(environment));
    }
}
