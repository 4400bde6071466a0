using PushGateway.Channels;

namespace PushGateway.Tests.Channels;

public class ChannelPatternTests
{
    [Theory]
    [InlineData(null, "anything")]
    [InlineData("", "anything")]
    [InlineData("*", "news")]
    [InlineData("news", "news")]
    [InlineData("chat:*", "chat:lobby")]
    [InlineData("*:lobby", "chat:lobby")]
    [InlineData("chat:?", "chat:a")]
    [InlineData("*a*b*", "xxaxxbxx")]
    [InlineData("#*", "#42")]
    [InlineData("*.*", "a.b")]
    [InlineData("a.b", "a.b")]
    [InlineData("**", "news")]
    public void Matches(string? pattern, string name) => Assert.True(ChannelPattern.Parse(pattern).Matches(name));

    [Theory]
    [InlineData("news", "News")]
    [InlineData("news", "newsletter")]
    [InlineData("chat:?", "chat:")]
    [InlineData("chat:?", "chat:ab")]
    [InlineData("chat:*", "chats:lobby")]
    [InlineData("*.*", "ab")]
    [InlineData("a.b", "axb")]
    [InlineData("<", "a")]
    [InlineData(">", "a")]
    [InlineData("\"", ".")]
    public void Does_not_match(string pattern, string name) => Assert.False(ChannelPattern.Parse(pattern).Matches(name));

    [Fact]
    public void A_pattern_full_of_wildcards_is_decided_at_once()
    {
        var pattern = string.Concat(Enumerable.Repeat("*a", 127));
        Assert.False(ChannelPattern.Parse(pattern + "b").Matches(new string('a', 255)));
        Assert.True(ChannelPattern.Parse(pattern).Matches(new string('a', 255)));
    }
}
