using PushGateway.Channels;

namespace PushGateway.Tests.Channels;

public class ChannelNameTests
{
    private const string Refused = " \"*<>?[\\]{}`";

    [Theory]
    [InlineData("room", "", false)]
    [InlineData("$room", "", true)]
    [InlineData("chat:room", "chat", false)]
    [InlineData("$chat:room", "chat", true)]
    [InlineData("chat:$room", "chat", true)]
    [InlineData("$chat:$room", "chat", true)]
    [InlineData("chat:room$", "chat", false)]
    [InlineData("room$", "", false)]
    [InlineData("chat:$room#42", "chat", true)]
    [InlineData("room#$42", "", false)]
    [InlineData("#$42", "", false)]
    public void A_sign_in_front_of_a_name_or_of_its_namespace_makes_it_private(string text, string expectedNamespace, bool isPrivate)
    {
        Assert.True(ChannelName.TryParse(text, out var name, out var why), why);
        Assert.Equal(expectedNamespace, name.Namespace.ToString());
        Assert.Equal(isPrivate, name.IsPrivate);
    }

    [Theory]
    [InlineData("$:room")]
    [InlineData("$$chat:room")]
    [InlineData("ch$at:room")]
    public void It_stands_nowhere_else_in_a_namespace(string text) => Assert.False(ChannelName.TryParse(text, out _, out _));

    [Theory]
    [InlineData("news", "")]
    [InlineData("chat:lobby", "chat")]
    [InlineData("chat:lobby:2", "chat")]
    [InlineData("a:b", "a")]
    [InlineData("A-b_c.9:x", "A-b_c.9")]
    [InlineData("!$%&'()+,-./;=@^_|~", "")]
    [InlineData("ns:!$%&'()+,-./:;=@^_|~", "ns")]
    [InlineData("name#42", "")]
    [InlineData("name#a:b", "")]
    [InlineData("ns:name#a:b", "ns")]
    [InlineData("#42", "")]
    [InlineData("#ns:42", "")]
    public void A_name_has_the_namespace_in_front_of_its_first_colon(string value, string expected)
    {
        Assert.True(ChannelName.TryParse(value, out var name, out var why));
        Assert.Null(why);
        Assert.Equal(expected, name.Namespace.ToString());
        Assert.Equal(value, name.Value);
        Assert.Equal(value, name.ToString());
    }

    [Theory]
    [InlineData(null, "must not be empty")]
    [InlineData("", "must not be empty")]
    [InlineData(":", "in front of the colon")]
    [InlineData(":name", "in front of the colon")]
    [InlineData("a/b:name", "in front of the colon")]
    [InlineData("a+b:name", "in front of the colon")]
    [InlineData("a,b:name", "in front of the colon")]
    [InlineData("ns:", "behind the colon")]
    [InlineData("ns:#1", "behind the colon")]
    [InlineData("#", "a user behind")]
    [InlineData("name#", "a user behind")]
    [InlineData("name#1,", "a user behind")]
    [InlineData("name#,1", "a user behind")]
    [InlineData("name#1,,2", "a user behind")]
    [InlineData("#,", "a user behind")]
    [InlineData("#1,2", "a name in front of several users")]
    public void A_name_that_breaks_a_rule_is_refused_with_the_reason(string? value, string expected)
    {
        Assert.False(ChannelName.TryParse(value, out _, out var why));
        Assert.Contains(expected, why, StringComparison.Ordinal);
    }

    [Fact]
    public void A_name_is_at_most_255_bytes_long()
    {
        Assert.True(ChannelName.TryParse(new string('a', 255), out _, out _));
        Assert.True(ChannelName.TryParse("ns:" + new string('a', 252), out _, out _));
        Assert.False(ChannelName.TryParse(new string('a', 256), out _, out var why));
        Assert.Equal("is longer than 255 bytes", why);
    }

    [Fact]
    public void Every_character_is_allowed_or_refused_as_documented()
    {
        for (var c = 0; c <= 0x250; c++)
        {
            var allowed = c is > 0x20 and < 0x7F && !Refused.Contains((char)c, StringComparison.Ordinal);
            Assert.True(allowed == ChannelName.TryParse($"a{(char)c}b", out _, out var why), $"U+{c:X4}");
            if (!allowed)
                Assert.Contains("ASCII letters, digits and", why, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("naïve")]
    [InlineData("новости")]
    [InlineData("a\ud800")]
    [InlineData("a😀")]
    [InlineData("a\u00a0b")]
    [InlineData("ａ")]
    public void A_character_beyond_ASCII_is_refused(string value) => Assert.False(ChannelName.TryParse(value, out _, out _));

    [Fact]
    public void Only_letters_digits_and_three_signs_are_in_a_namespace()
    {
        for (var c = 0; c < 0x100; c++)
        {
            var allowed = char.IsAsciiLetterOrDigit((char)c) || "-_.".Contains((char)c, StringComparison.Ordinal);
            Assert.True(allowed == ChannelName.IsNamespace(((char)c).ToString()), $"U+{c:X4}");
            if (c is not ':' and not '#')
                Assert.True(allowed == ChannelName.TryParse($"{(char)c}:name", out _, out _), $"U+{c:X4}");
        }

        Assert.False(ChannelName.IsNamespace(""));
        Assert.True(ChannelName.IsNamespace(new string('a', 254)));
        Assert.False(ChannelName.IsNamespace(new string('a', 255)));
    }

    [Theory]
    [InlineData("news", "", false)]
    [InlineData("news", "42", false)]
    [InlineData("name#42", "42", true)]
    [InlineData("name#42", "4", false)]
    [InlineData("name#42", "2", false)]
    [InlineData("name#42", "42,43", false)]
    [InlineData("name#42", "", false)]
    [InlineData("name#42,43", "42", true)]
    [InlineData("name#42,43", "43", true)]
    [InlineData("name#42,43", "42,43", false)]
    [InlineData("name#42,43", "44", false)]
    [InlineData("ns:name#1", "1", true)]
    [InlineData("ns:name#1", "2", false)]
    [InlineData("name#a#b", "a#b", true)]
    [InlineData("name#a#b", "b", false)]
    [InlineData("name#a:b,c", "a:b", true)]
    [InlineData("#42", "42", true)]
    [InlineData("#42", "", false)]
    [InlineData("#a:b", "a:b", true)]
    [InlineData("##42", "#42", true)]
    [InlineData("name#Ada", "ada", false)]
    public void A_channel_with_users_is_for_them_alone(string value, string user, bool expected)
    {
        Assert.True(ChannelName.TryParse(value, out var name, out _));
        Assert.Equal(expected, name.IsFor(user));
    }

    [Theory]
    [InlineData("news", false, false)]
    [InlineData("ns:news", false, false)]
    [InlineData("name#42", true, false)]
    [InlineData("ns:name#42,43", true, false)]
    [InlineData("#42", true, true)]
    [InlineData("##", true, true)]
    public void A_channel_tells_whom_it_is_for(string value, bool forUsers, bool personal)
    {
        Assert.True(ChannelName.TryParse(value, out var name, out _));
        Assert.Equal(forUsers, name.IsForUsers);
        Assert.Equal(personal, name.IsPersonal);
    }

    [Theory]
    [InlineData("42")]
    [InlineData("ada@example.org")]
    [InlineData("a:b")]
    [InlineData("a#b")]
    [InlineData("#")]
    [InlineData("auth0|1234")]
    public void The_channel_of_a_user_is_for_that_user_alone(string user)
    {
        Assert.True(ChannelName.IsUser(user, out _));
        Assert.True(ChannelName.TryParse(ChannelName.Personal(user), out var name, out _));
        Assert.True(name.IsPersonal);
        Assert.True(name.IsFor(user));
        Assert.False(name.IsFor(user + "x"));
        Assert.True(name.Namespace.IsEmpty);
    }

    [Theory]
    [InlineData(null, "must not be empty")]
    [InlineData("", "must not be empty")]
    [InlineData("a,b", "no comma")]
    [InlineData("a b", "may hold")]
    [InlineData("é", "may hold")]
    [InlineData("*", "may hold")]
    public void A_user_that_cannot_stand_in_a_name_is_refused(string? user, string expected)
    {
        Assert.False(ChannelName.IsUser(user, out var why));
        Assert.Contains(expected, why, StringComparison.Ordinal);
    }

    [Fact]
    public void The_longest_user_just_fits_into_a_name()
    {
        var user = new string('u', 254);
        Assert.True(ChannelName.IsUser(user, out _));
        Assert.True(ChannelName.TryParse(ChannelName.Personal(user), out _, out _));
        Assert.False(ChannelName.IsUser(user + "u", out var why));
        Assert.Equal("is longer than 254 bytes", why);
    }
}
