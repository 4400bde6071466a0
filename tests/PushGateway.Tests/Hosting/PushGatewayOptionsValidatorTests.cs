using PushGateway.Channels;
using PushGateway.Hosting;

namespace PushGateway.Tests.Hosting;

public class PushGatewayOptionsValidatorTests
{
    [Fact]
    public void The_defaults_are_fine() => Assert.Empty(Validate(_ => { }));

    public static TheoryData<string, Action<PushGatewayOptions>> Unusable { get; } = new()
    {
        { "PushGateway:Connections:PingInterval must be from 00:00:01 to 1.00:00:00.", options => options.Connections.PingInterval = TimeSpan.FromDays(2) },
        { "PushGateway:Connections:PongTimeout must be from", options => options.Connections.PongTimeout = TimeSpan.Zero },
        { "PushGateway:Connections:PongTimeout must be shorter than PingInterval.", options => options.Connections.PongTimeout = options.Connections.PingInterval },
        { "PushGateway:Connections:ConnectTimeout must be", options => options.Connections.ConnectTimeout = TimeSpan.FromMilliseconds(999) },
        { "PushGateway:Connections:CloseTimeout must be", options => options.Connections.CloseTimeout = TimeSpan.FromSeconds(-1) },
        { "PushGateway:Connections:ChannelLinger must be", options => options.Connections.ChannelLinger = TimeSpan.MaxValue },
        { "PushGateway:Connections:MaxMessageBytes must be from 1024 to 67108864.", options => options.Connections.MaxMessageBytes = 1023 },
        { "PushGateway:Connections:OutboxBytes must be at least 4 times PushGateway:Api:MaxDataBytes, or one large notification closes every client it is for.", options => options.Connections.OutboxBytes = 262_143 },
        { "PushGateway:Connections:OutboxBytes must be from 16384 to 1073741824.", options => options.Connections.OutboxBytes = 16_383 },
        { "PushGateway:Connections:MaxSubscriptions must be from 1 to 4096.", options => options.Connections.MaxSubscriptions = 0 },
        { "PushGateway:Api:MaxBodyBytes must be from 1024 to 268435456.", options => options.Api.MaxBodyBytes = int.MaxValue },
        { "PushGateway:Api:MaxDataBytes must be from 1 to 1048576.", options => options.Api.MaxDataBytes = 1024 * 1024 + 1 },
        { "PushGateway:Api:MaxTargets must be from 1 to 100000.", options => options.Api.MaxTargets = 0 },
        { "PushGateway:Api:MaxTags must be from 0 to 255.", options => options.Api.MaxTags = 256 },
        { "PushGateway:Api:MaxTagBytes must be from 1 to 65535.", options => options.Api.MaxTagBytes = 65_536 },
        { "PushGateway:Api:MaxPageSize must be from 1 to 100000.", options => options.Api.MaxPageSize = -1 },
        { "PushGateway:Api:RetryAfter must be", options => options.Api.RetryAfter = TimeSpan.Zero },
        { "PushGateway:Echo:MaxMessageBytes must be from 1 to 67108864.", options => options.Echo.MaxMessageBytes = 0 },
        { "PushGateway:Echo:IdleTimeout must be", options => options.Echo.IdleTimeout = TimeSpan.Zero },
        { "PushGateway:Channels:Subscribe must be Nobody or Authenticated or Anonymous or Token or Subscribers or Callback.", options => options.Channels.Subscribe = (ChannelAccess)9 },
        { "PushGateway:Namespaces:chat:Publish must be", options => options.Namespaces["chat"] = new ChannelOptions { Publish = (ChannelAccess)(-1) } },
        { "PushGateway:Namespaces:a:b: a namespace has ASCII letters, digits and -_. only.", options => options.Namespaces["a:b"] = new ChannelOptions() },
        { "PushGateway:Namespaces:: a namespace has", options => options.Namespaces[""] = new ChannelOptions() },
    };

    [Theory]
    [MemberData(nameof(Unusable), DisableDiscoveryEnumeration = true)]
    public void A_setting_that_cannot_work_is_named_with_what_can(string expected, Action<PushGatewayOptions> set) =>
        Assert.Contains(Validate(set), failure => failure.StartsWith(expected, StringComparison.Ordinal));

    [Fact]
    public void All_that_is_wrong_is_told_at_once() => Assert.Equal(2, Validate(options =>
    {
        options.Connections.MaxSubscriptions = 0;
        options.Api.MaxTargets = 0;
    }).Count());

    private static IEnumerable<string> Validate(Action<PushGatewayOptions> set)
    {
        var options = new PushGatewayOptions();
        set(options);
        return new PushGatewayOptionsValidator().Validate(null, options).Failures ?? [];
    }
}
