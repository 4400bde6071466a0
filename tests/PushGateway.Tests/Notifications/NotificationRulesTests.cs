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

    private InvalidNotificationException Fails(string[] channels, string data, Dictionary<string, string>? tags = null) =>
        Assert.Throws<InvalidNotificationException>(() => Check(channels, data, tags));

    private void Check(string[] channels, string data, Dictionary<string, string>? tags = null)
    {
        var options = Microsoft.Extensions.Options.Options.Create(_options);
        new NotificationRules(new ChannelDirectory(options), options).Check(new Notification { Channels = channels, Data = Encoding.UTF8.GetBytes(data), Tags = tags });
    }
}
