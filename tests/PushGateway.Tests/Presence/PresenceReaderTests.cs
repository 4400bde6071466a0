using PushGateway.Channels;
using PushGateway.Presence;

namespace PushGateway.Tests.Presence;

public sealed class PresenceReaderTests : IAsyncDisposable
{
    private readonly RecordingPresence _presence = new();
    private readonly List<(string Channel, PresenceQuery? Query)> _asked = [];
    private readonly List<string> _askedUsers = [];
    private PresencePage _page = RecordingPresence.Page(0);
    private readonly PushGatewayOptions _options = new()
    {
        Namespaces = { ["chat"] = new ChannelOptions { Presence = true }, ["game"] = new ChannelOptions { JoinLeave = true }, ["news"] = new ChannelOptions() },
    };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public PresenceReaderTests()
    {
        _presence.OnRead = (channel, query) =>
        {
            _asked.Add((channel, query));
            return new(_page);
        };
        _presence.OnCount = channel =>
        {
            _asked.Add((channel, null));
            return new(_page.Stats);
        };
        _presence.OnReadUser = user =>
        {
            _askedUsers.Add(user);
            return new UserPresence(user, 0, null, null);
        };
    }

    public ValueTask DisposeAsync() => _presence.DisposeAsync();

    [Theory]
    [InlineData("chat:lobby")]
    [InlineData("#42")]
    public async Task A_question_goes_to_the_back_end(string channel)
    {
        var reader = Reader();
        _page = new PresencePage([new ClientInfo("42", "c")], "cursor", new PresenceStats(3, 2), 7);
        var query = new PresenceQuery(20, "aZ_-09");

        Assert.Same(_page, await reader.ReadAsync(channel, query, Cancellation));
        Assert.Equal(new PresenceStats(3, 2), await reader.CountAsync(channel, Cancellation));
        Assert.Equal([(channel, query), (channel, null)], _asked);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a b")]
    [InlineData("nowhere:a")]
    [InlineData(null)]
    public async Task What_is_not_a_channel_is_refused(string? channel)
    {
        var reader = Reader();
        Assert.Equal("channel", (await Assert.ThrowsAsync<ArgumentException>(async () => await reader.ReadAsync(channel!, new PresenceQuery(1), Cancellation))).ParamName);
        Assert.Equal("channel", (await Assert.ThrowsAsync<ArgumentException>(async () => await reader.CountAsync(channel!, Cancellation))).ParamName);
        Assert.Empty(_asked);
    }

    [Theory]
    [InlineData("lobby", "Set PushGateway:Channels:Presence.")]
    [InlineData("news:a", "Set PushGateway:Namespaces:news:Presence.")]
    [InlineData("game:a", "Set PushGateway:Namespaces:game:Presence.")]
    [InlineData("#42", "Set PushGateway:UserPresence:Enabled or PushGateway:UserChannels:Presence.")]
    public async Task Where_presence_is_not_kept_it_is_said_what_to_set(string channel, string what)
    {
        _options.UserPresence.Enabled = false;
        var reader = Reader();
        Assert.EndsWith(what, (await Assert.ThrowsAsync<InvalidOperationException>(async () => await reader.ReadAsync(channel, new PresenceQuery(1), Cancellation))).Message, StringComparison.Ordinal);
        Assert.EndsWith(what, (await Assert.ThrowsAsync<InvalidOperationException>(async () => await reader.CountAsync(channel, Cancellation))).Message, StringComparison.Ordinal);
        Assert.Empty(_asked);
    }

    [Fact]
    public async Task The_members_of_a_users_own_channel_can_be_kept_without_user_presence()
    {
        _options.UserPresence.Enabled = false;
        _options.UserChannels.Presence = true;
        await Reader().CountAsync("#42", Cancellation);
        Assert.Equal([("#42", null)], _asked);
    }

    [Fact]
    public async Task Limits_out_of_range_are_refused()
    {
        var reader = Reader();
        foreach (var limit in new[] { -1, 1001, int.MaxValue, int.MinValue })
            await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await reader.ReadAsync("chat:a", new PresenceQuery(limit), Cancellation));
        Assert.Empty(_asked);

        foreach (var limit in new[] { 0, 1000 })
            await reader.ReadAsync("chat:a", new PresenceQuery(limit), Cancellation);
        Assert.Equal(2, _asked.Count);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a b")]
    [InlineData("a=")]
    [InlineData("a+b")]
    [InlineData("a/b")]
    [InlineData("a\0")]
    [InlineData("č")]
    [InlineData("\ud800")]
    public async Task No_back_end_sees_what_cannot_be_a_cursor(string cursor)
    {
        var reader = Reader();
        await Assert.ThrowsAsync<InvalidCursorException>(async () => await reader.ReadAsync("chat:a", new PresenceQuery(1, cursor), Cancellation));
        Assert.Empty(_asked);
    }

    [Fact]
    public async Task Users_are_asked_for_as_they_are_given()
    {
        string[] users = ["42", "a:b", "42"];
        Assert.Equal(users, (await Reader().ReadUsersAsync(users, Cancellation)).Select(user => user.User));
        Assert.Equal(users, _askedUsers);
    }

    [Fact]
    public async Task More_than_1000_users_are_refused()
    {
        var reader = Reader();
        var users = Enumerable.Range(0, 1001).Select(i => $"{i}").ToArray();
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await reader.ReadUsersAsync(users, Cancellation));
        Assert.Empty(_askedUsers);
        Assert.Equal(1000, (await reader.ReadUsersAsync(users[..1000], Cancellation)).Count);
    }

    [Theory]
    [InlineData("")]
    [InlineData(null)]
    [InlineData("a,b")]
    [InlineData("a b")]
    public async Task What_is_no_user_is_named_by_its_place(string? user)
    {
        var reader = Reader();
        var failure = await Assert.ThrowsAsync<ArgumentException>(async () => await reader.ReadUsersAsync(["42", user!], Cancellation));
        Assert.StartsWith("users[1] ", failure.Message, StringComparison.Ordinal);
        Assert.Empty(_askedUsers);
    }

    [Fact]
    public async Task Where_user_presence_is_off_nobody_is_asked_for_users()
    {
        _options.UserPresence.Enabled = false;
        _options.UserChannels.Presence = true;
        var reader = Reader();
        var failure = await Assert.ThrowsAsync<InvalidOperationException>(async () => await reader.ReadUsersAsync(["42"], Cancellation));
        Assert.EndsWith("Set PushGateway:UserPresence:Enabled.", failure.Message, StringComparison.Ordinal);
        Assert.Empty(_askedUsers);
    }

    private PresenceReader Reader()
    {
        var options = Microsoft.Extensions.Options.Options.Create(_options);
        return new PresenceReader(_presence, new ChannelDirectory(options), options);
    }
}
