using System.Text;
using PushGateway.Channels;
using PushGateway.Notifications;

namespace PushGateway.Tests.Notifications;

public class NotificationRulesTests
{
    private readonly PushGatewayOptions _options = new() { Api = { MaxTargets = 3, MaxDataBytes = 10, MaxTags = 2, MaxTagBytes = 4 } };

    public NotificationRulesTests() => _options.Namespaces["chat"] = new ChannelOptions();

    [Fact]
    public void A_notification_within_the_limits_is_fine()
    {
        Check(["news", "chat:lobby", "#42"], "\"12345678\"", new() { ["kind"] = "žž", ["k"] = "" });
        Check(["news"], "null");
    }

    [Theory]
    [InlineData("channel", "")]
    [InlineData("channel", "a b")]
    [InlineData("channel", "other:x")]
    [InlineData("channels[1]", "news", "a b")]
    [InlineData("channels[2]", "news", "news", "other:x")]
    [InlineData("channels")]
    [InlineData("channels", "a", "b", "c", "d")]
    public void A_target_that_breaks_a_rule_is_named(string field, params string[] channels) => Assert.Equal(field, Fails(channels, "1").Field);

    [Fact]
    public void A_channel_in_an_unknown_namespace_is_told_so() => Assert.Contains("'other', which is not configured", Fails(["other:x"], "1").Why, StringComparison.Ordinal);

    [Fact]
    public void A_payload_over_the_limit_is_too_large_before_anything_else_is_wrong_with_it()
    {
        var failure = Fails(["news"], "broken JSON");
        Assert.True(failure.IsTooLarge);
        Assert.Equal(("data", "data has 11 bytes, and 10 is the most"), (failure.Field, failure.Message));
    }

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("1 2")]
    public void A_payload_that_is_not_one_value_is_named(string data)
    {
        var failure = Fails(["news"], data);
        Assert.False(failure.IsTooLarge);
        Assert.Equal("data", failure.Field);
    }

    [Fact]
    public void Tags_are_bounded_in_number_and_size()
    {
        Assert.Contains("2 is the most", Fails(["news"], "1", new() { ["a"] = "", ["b"] = "", ["c"] = "" }).Message, StringComparison.Ordinal);
        Assert.Contains("empty key", Fails(["news"], "1", new() { [""] = "x" }).Message, StringComparison.Ordinal);
        Assert.Contains("at most 4 bytes", Fails(["news"], "1", new() { ["žžž"] = "x" }).Message, StringComparison.Ordinal);
        Assert.Contains("at most 4 bytes", Fails(["news"], "1", new() { ["a"] = "12345" }).Message, StringComparison.Ordinal);
        Assert.Contains("well-formed text", Fails(["news"], "1", new() { ["a"] = "\ud800" }).Message, StringComparison.Ordinal);
        Assert.Equal("tags.a", Fails(["news"], "1", new() { ["a"] = null! }).Field);
    }

    public static TheoryData<string, Notification> Bad => new()
    {
        { "expiresIn", Plain with { ExpiresIn = TimeSpan.Zero } },
        { "expiresIn", Plain with { ExpiresIn = TimeSpan.FromSeconds(-1) } },
        { "expiresIn", Plain with { ExpiresIn = TimeSpan.FromTicks(TimeSpan.TicksPerMillisecond - 1) } },
        { "expiresIn", Plain with { ExpiresIn = TimeSpan.FromDays(366) + TimeSpan.FromTicks(1) } },
        { "expiresIn", Plain with { ExpiresIn = TimeSpan.MaxValue } },
        { "version", Plain with { Version = 1UL << 53 } },
        { "version", Plain with { Version = ulong.MaxValue } },
        { "collapseKey", Plain with { CollapseKey = "" } },
        { "collapseKey", Plain with { CollapseKey = "12345" } },
        { "collapseKey", Plain with { CollapseKey = "ččč" } },
        { "collapseKey", Plain with { CollapseKey = "\ud800" } },
        { "Idempotency-Key", Plain with { IdempotencyKey = "" } },
        { "Idempotency-Key", Plain with { IdempotencyKey = new string('x', 256) } },
        { "Idempotency-Key", Plain with { IdempotencyKey = "č" } },
        { "Idempotency-Key", Plain with { IdempotencyKey = "tab\t" } },
        { "Idempotency-Key", Plain with { IdempotencyKey = "\u007f" } },
        { "Idempotency-Key", Plain with { IdempotencyKey = "\0" } },
    };

    [Theory]
    [MemberData(nameof(Bad), DisableDiscoveryEnumeration = true)]
    public void What_decides_about_delivery_is_bounded(string field, Notification notification)
    {
        var failure = Assert.Throws<InvalidNotificationException>(() => Check(notification));
        Assert.Equal((field, false), (failure.Field, failure.IsTooLarge));
        Assert.StartsWith(field + " must ", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_decides_about_delivery_may_be_at_its_bounds()
    {
        Check(Plain with { ExpiresIn = TimeSpan.FromMilliseconds(1), Version = 0, CollapseKey = "x", IdempotencyKey = " " });
        Check(Plain with { ExpiresIn = TimeSpan.FromDays(366), Version = (1UL << 53) - 1, CollapseKey = "čč", IdempotencyKey = new string('~', 255) });
    }

    private static Notification Plain => new() { Channels = ["news"], Data = "1"u8.ToArray() };

    private InvalidNotificationException Fails(string[] channels, string data, Dictionary<string, string>? tags = null) =>
        Assert.Throws<InvalidNotificationException>(() => Check(channels, data, tags));

    private void Check(string[] channels, string data, Dictionary<string, string>? tags = null) =>
        Check(new Notification { Channels = channels, Data = Encoding.UTF8.GetBytes(data), Tags = tags });

    private void Check(Notification notification)
    {
        var options = Microsoft.Extensions.Options.Options.Create(_options);
        new NotificationRules(new ChannelDirectory(options), options).Check(notification);
    }
}
