using PushGateway.Security;

namespace PushGateway.Tests.Security;

public class KeyNamespacesTests
{
    [Theory]
    [InlineData("chat", "chat:lobby", true)]
    [InlineData("chat", "chat:lobby#42,43", true)]
    [InlineData("chat", "chats:lobby", false)]
    [InlineData("chat", "Chat:lobby", false)]
    [InlineData("chat", "chat", false)]
    [InlineData("chat", "#chat", false)]
    [InlineData("chat", "#chat:a", false)]
    [InlineData("chat-*", "chat-eu:lobby", true)]
    [InlineData("chat-*", "chat-:lobby", true)]
    [InlineData("chat-*", "chat:lobby", false)]
    [InlineData("*", "news:world", true)]
    [InlineData("*", "#42", false)]
    [InlineData("*", "lobby", false)]
    [InlineData("#user", "#42", true)]
    [InlineData("#user", "lobby#42", false)]
    [InlineData("#user", "chat:lobby#42", false)]
    [InlineData("#none", "lobby", true)]
    [InlineData("#none", "lobby#42", true)]
    [InlineData("#none", "#42", false)]
    [InlineData("#none", "none:a", false)]
    [InlineData("*", "not a name", false)]
    [InlineData("*", "", false)]
    public void A_channel_is_in_them_or_not(string pattern, string channel, bool isIn) => Assert.Equal(isIn, new KeyNamespaces([pattern]).Contain(channel));

    [Fact]
    public void One_of_several_is_enough()
    {
        var namespaces = new KeyNamespaces(["chat", "#user", "news-*"]);
        Assert.All(["chat:a", "#42", "news-eu:a"], channel => Assert.True(namespaces.Contain(channel)));
        Assert.False(namespaces.Contain("a"));
        Assert.True(namespaces.HaveUsers);
        Assert.False(new KeyNamespaces(["*", "#none"]).HaveUsers);
    }
}
