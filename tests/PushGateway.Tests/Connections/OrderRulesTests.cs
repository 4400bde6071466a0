using PushGateway.Channels;
using PushGateway.Cluster;
using PushGateway.Connections;

namespace PushGateway.Tests.Connections;

public class OrderRulesTests
{
    private const string Client = "6f1c0d4e-2b7a-4c53-9a51-0d6b7e8f9a10";

    private static readonly OrderRules Rules = NewRules();

    public static TheoryData<Disconnection> GoodDisconnections => new(
        new Disconnection("42"),
        new Disconnection("42", 3503),
        new Disconnection("42", 3011),
        new Disconnection("42", 4000),
        new Disconnection("42", 4999),
        new Disconnection("42", Reason: ""),
        new Disconnection("42", Reason: new string('x', 123)),
        new Disconnection("42", Reason: new string('漢', 41)),
        new Disconnection("42", Client: Client));

    public static TheoryData<Disconnection, string> BadDisconnections => new()
    {
        { new Disconnection(""), "user" },
        { new Disconnection(null!), "user" },
        { new Disconnection("4,2"), "user" },
        { new Disconnection(new string('x', 255)), "user" },
        { new Disconnection("42", 0), "code" },
        { new Disconnection("42", 1000), "code" },
        { new Disconnection("42", 3000), "code" },
        { new Disconnection("42", 3012), "code" },
        { new Disconnection("42", 3500), "code" },
        { new Disconnection("42", 3999), "code" },
        { new Disconnection("42", 5000), "code" },
        { new Disconnection("42", 4000 + 65536), "code" },
        { new Disconnection("42", -1), "code" },
        { new Disconnection("42", Reason: new string('x', 124)), "reason" },
        { new Disconnection("42", Reason: new string('漢', 42)), "reason" },
        { new Disconnection("42", Reason: "one\ntwo"), "reason" },
        { new Disconnection("42", Reason: "\u007f"), "reason" },
        { new Disconnection("42", Reason: "\u0085"), "reason" },
        { new Disconnection("42", Reason: "\ud800"), "reason" },
        { new Disconnection("42", Client: ""), "client" },
        { new Disconnection("42", Client: "c-1"), "client" },
        { new Disconnection("42", Client: $"{{{Client}}}"), "client" },
    };

    public static TheoryData<Unsubscription, string> BadUnsubscriptions => new()
    {
        { new Unsubscription("", "news"), "user" },
        { new Unsubscription("42", ""), "channel" },
        { new Unsubscription("42", null!), "channel" },
        { new Unsubscription("42", "no name"), "channel" },
        { new Unsubscription("42", "nowhere:a"), "channel" },
        { new Unsubscription("42", "#42"), "channel" },
        { new Unsubscription("42", "#43"), "channel" },
        { new Unsubscription("42", "news", "c-1"), "client" },
    };

    public static TheoryData<ServerSubscription> GoodSubscriptions => new(
        new ServerSubscription("42", "news"),
        new ServerSubscription("42", "known:a"),
        new ServerSubscription("42", "room#42"),
        new ServerSubscription("42", "room#41,42"),
        new ServerSubscription("42", "news", "null"),
        new ServerSubscription("42", "news", " {\"a\":\n1} "),
        new ServerSubscription("42", "news", $"\"{new string('x', 4094)}\""),
        new ServerSubscription("42", "news", Since: new StreamPosition(0, "e")),
        new ServerSubscription("42", "news", Since: new StreamPosition((1UL << 53) - 1, new string('e', 255))),
        new ServerSubscription("42", "news", Client: Client));

    public static TheoryData<ServerSubscription, string> BadSubscriptions => new()
    {
        { new ServerSubscription("", "news"), "user" },
        { new ServerSubscription("42", "nowhere:a"), "channel" },
        { new ServerSubscription("42", "#42"), "channel" },
        { new ServerSubscription("42", "#43"), "channel" },
        { new ServerSubscription("42", "room#41,43"), "channel" },
        { new ServerSubscription("42", "room#4"), "channel" },
        { new ServerSubscription("42", "news", ""), "info" },
        { new ServerSubscription("42", "news", "{"), "info" },
        { new ServerSubscription("42", "news", "1 2"), "info" },
        { new ServerSubscription("42", "news", "\"\ud800\""), "info" },
        { new ServerSubscription("42", "news", $"\"{new string('x', 4095)}\""), "info" },
        { new ServerSubscription("42", "news", new string('[', 65) + new string(']', 65)), "info" },
        { new ServerSubscription("42", "news", Since: new StreamPosition(1UL << 53, "e")), "recover.offset" },
        { new ServerSubscription("42", "news", Since: new StreamPosition(1, "")), "recover.epoch" },
        { new ServerSubscription("42", "news", Since: new StreamPosition(1, null!)), "recover.epoch" },
        { new ServerSubscription("42", "news", Since: new StreamPosition(1, new string('e', 256))), "recover.epoch" },
        { new ServerSubscription("42", "news", Client: "c-1"), "client" },
    };

    [Theory]
    [MemberData(nameof(GoodDisconnections), DisableDiscoveryEnumeration = true)]
    public void Codes_of_applications_and_two_of_the_protocol_may_close(Disconnection order) => OrderRules.Check(order);

    [Theory]
    [MemberData(nameof(BadDisconnections), DisableDiscoveryEnumeration = true)]
    public void Other_codes_and_reasons_that_no_frame_holds_may_not(Disconnection order, string field) => AssertRefused(field, () => OrderRules.Check(order));

    [Theory]
    [MemberData(nameof(BadUnsubscriptions), DisableDiscoveryEnumeration = true)]
    public void What_nobody_can_be_subscribed_to_or_must_not_leave_is_refused(Unsubscription order, string field) => AssertRefused(field, () => Rules.Check(order));

    [Theory]
    [MemberData(nameof(GoodSubscriptions), DisableDiscoveryEnumeration = true)]
    public void A_user_may_be_subscribed_whatever_clients_may_do(ServerSubscription order) => Rules.Check(order);

    [Theory]
    [MemberData(nameof(BadSubscriptions), DisableDiscoveryEnumeration = true)]
    public void Not_to_what_is_for_others_and_not_beyond_the_limits(ServerSubscription order, string field) => AssertRefused(field, () => Rules.Check(order));

    [Fact]
    public void Who_would_end_a_users_own_channel_is_told_how_to_close_the_connections()
    {
        var refused = Assert.Throws<InvalidOrderException>(() => Rules.Check(new Unsubscription("a/b", "#a/b")));
        Assert.EndsWith("use DELETE /v1/users/a%2Fb/connections.", refused.Message, StringComparison.Ordinal);
    }

    private static void AssertRefused(string field, Action check)
    {
        var refused = Assert.Throws<InvalidOrderException>(check);
        Assert.Equal(field, refused.Field);
        Assert.Equal($"{field} {refused.Why}.", refused.Message);
    }

    private static OrderRules NewRules()
    {
        var options = new PushGatewayOptions { Channels = { Subscribe = ChannelAccess.Nobody } };
        options.Namespaces["known"] = new ChannelOptions();
        var wrapped = Microsoft.Extensions.Options.Options.Create(options);
        return new OrderRules(new ChannelDirectory(wrapped), wrapped);
    }
}
