using PushGateway.Channels;
using PushGateway.Connections;
using PushGateway.Fanout;
using PushGateway.Protocol;
using PushGateway.Security;
using PushGateway.Security.Authorization;
using static PushGateway.Channels.ChannelAccess;
using static PushGateway.Security.Authorization.ChannelOperation;

namespace PushGateway.Tests.Security;

/// <summary>Who may do what, for each operation, access, kind of channel and kind of client.</summary>
public class ClientPermissionsTests
{
    private const int Yes = 0, Internal = 100, UnknownChannel = 102, Denied = 103;

    private static readonly ChannelAccess[] Accesses = Enum.GetValues<ChannelAccess>();
    private static readonly ChannelOperation[] Operations = Enum.GetValues<ChannelOperation>();

    /// <summary>What a client is to the channel.</summary>
    public enum Standing
    {
        Outside,
        BringsToken,
        Subscribed,
        SubscribedByToken,
    }

    [Theory]
    [InlineData(null, "Development", true)]
    [InlineData(null, "Production", false)]
    [InlineData(null, "Staging", false)]
    [InlineData(true, "Production", true)]
    [InlineData(false, "Development", false)]
    public void A_client_without_user_and_token_may_connect_where_it_is_allowed(bool? allow, string environment, bool expected)
    {
        var options = Microsoft.Extensions.Options.Options.Create(new PushGatewayOptions { Security = { AllowAnonymous = allow } });
        var permissions = new ClientPermissions(
            new ChannelDirectory(options), options, new TestEnvironment(environment), Microsoft.Extensions.Logging.Abstractions.NullLogger<ClientPermissions>.Instance);
        Assert.Equal(expected, permissions.AllowsAnonymous);
    }

    // The columns: an anonymous client outside, user 42 outside, with a token, subscribed, subscribed by a token.
    [Theory]
    [InlineData(Subscribe, Nobody, "-----")]
    [InlineData(Subscribe, Authenticated, "-++  ")]
    [InlineData(Subscribe, Anonymous, "+++  ")]
    [InlineData(Subscribe, Token, "--+  ")]
    [InlineData(Subscribe, Subscribers, "---  ")]
    [InlineData(Publish, Nobody, "-- --")]
    [InlineData(Publish, Authenticated, "-+ ++")]
    [InlineData(Publish, Anonymous, "++ ++")]
    [InlineData(Publish, Token, "-- -+")]
    [InlineData(Publish, Subscribers, "-- ++")]
    [InlineData(ReadPresence, Nobody, "-- --")]
    [InlineData(ReadPresence, Authenticated, "-+ ++")]
    [InlineData(ReadPresence, Anonymous, "++ ++")]
    [InlineData(ReadPresence, Token, "-- -+")]
    [InlineData(ReadPresence, Subscribers, "-- ++")]
    [InlineData(ReadHistory, Nobody, "-- --")]
    [InlineData(ReadHistory, Authenticated, "-+ ++")]
    [InlineData(ReadHistory, Anonymous, "++ ++")]
    [InlineData(ReadHistory, Token, "-- -+")]
    [InlineData(ReadHistory, Subscribers, "-- ++")]
    public async Task A_client_may_what_the_access_of_the_channel_says(ChannelOperation operation, ChannelAccess access, string expected)
    {
        (string User, Standing Standing)[] clients =
            [("", Standing.Outside), ("42", Standing.Outside), ("42", Standing.BringsToken), ("42", Standing.Subscribed), ("42", Standing.SubscribedByToken)];
        for (var i = 0; i < clients.Length; i++)
            if (expected[i] != ' ')
                Assert.Equal(expected[i] == '+' ? Yes : Denied, await JudgeAsync(operation, access, "ns:x", clients[i].User, clients[i].Standing));
    }

    [Theory]
    [InlineData("ns:x#42", "42", true)]
    [InlineData("ns:x#41,42", "42", true)]
    [InlineData("x#41,42", "42", true)]
    [InlineData("ns:x#43", "42", false)]
    [InlineData("ns:x#421", "42", false)]
    [InlineData("ns:x#42", "", false)]
    public async Task A_channel_for_users_is_for_them_alone_whatever_is_set(string channel, string user, bool isAmong)
    {
        foreach (var operation in Operations)
            Assert.Equal(isAmong ? Yes : Denied, await JudgeAsync(operation, Anonymous, channel, user, Standing.Outside));
        Assert.Equal(isAmong ? Yes : Denied, await JudgeAsync(Subscribe, Token, channel, user, Standing.BringsToken));
    }

    [Theory]
    [InlineData("$x", false)]
    [InlineData("$ns:x", false)]
    [InlineData("ns:$x", false)]
    [InlineData("ns:x", true)]
    [InlineData("x", true)]
    public async Task A_private_channel_takes_a_token_to_come_in_and_to_be_in_for_all_else(string channel, bool byRules)
    {
        foreach (var access in (ChannelAccess[])[Authenticated, Anonymous, Token])
        {
            Assert.Equal(Denied, await JudgeAsync(Subscribe, access, channel, "42", Standing.Outside, isPrivate: byRules));
            Assert.Equal(Yes, await JudgeAsync(Subscribe, access, channel, "42", Standing.BringsToken, isPrivate: byRules));
            Assert.Equal(Yes, await JudgeAsync(Subscribe, access, channel, "", Standing.BringsToken, isPrivate: byRules));
        }

        Assert.Equal(Denied, await JudgeAsync(Subscribe, Nobody, channel, "42", Standing.BringsToken, isPrivate: byRules));
        foreach (var operation in (ChannelOperation[])[Publish, ReadPresence, ReadHistory])
        {
            Assert.Equal(Denied, await JudgeAsync(operation, Anonymous, channel, "42", Standing.Outside, isPrivate: byRules));
            Assert.Equal(Yes, await JudgeAsync(operation, Anonymous, channel, "42", Standing.SubscribedByToken, isPrivate: byRules));
        }
    }

    [Fact]
    public async Task A_namespace_that_is_not_configured_does_not_exist_whatever_a_client_brings()
    {
        foreach (var operation in Operations)
            foreach (var channel in (string[])["other:x", "other:x#42", "$other:x", "other:$x", "NS:x"])
                Assert.Equal(UnknownChannel, await JudgeAsync(operation, Anonymous, channel, "42", Standing.Outside));
        Assert.Equal(UnknownChannel, await JudgeAsync(Subscribe, Anonymous, "other:x", "42", Standing.BringsToken));
    }

    [Fact]
    public async Task What_one_namespace_allows_is_not_allowed_in_another()
    {
        var node = new TestNode(options =>
        {
            options.Channels = new ChannelOptions { Subscribe = Nobody };
            options.Namespaces["open"] = new ChannelOptions { Subscribe = Anonymous, Publish = Anonymous };
            options.Namespaces["shut"] = new ChannelOptions();
        });
        var client = await node.ConnectAsync("42");
        foreach (var (channel, expected) in ((string, int)[])[("open:x", Yes), ("shut:x", Denied), ("x", Denied), ("open", Denied), ("openx", Denied)])
            Assert.Equal(expected, CodeOf(await node.Permissions.JudgeAsync(Subscribe, client.Connection, Parse(channel))));
    }

    [Fact]
    public async Task The_channel_of_a_user_is_read_by_that_user_and_written_by_no_client_whatever_is_set()
    {
        foreach (var access in Accesses)
        {
            var node = new TestNode(
                options => options.UserChannels = new ChannelOptions { Subscribe = access, Publish = access, ReadPresence = access, ReadHistory = access }, new Answer(ChannelDecision.Allowed));
            foreach (var (user, expected) in ((string, int)[])[("42", Yes), ("43", Denied), ("", Denied)])
            {
                var client = await node.ConnectAsync(user);
                foreach (var operation in Operations)
                    Assert.Equal(operation == Publish ? Denied : expected, CodeOf(await node.Permissions.JudgeAsync(operation, client.Connection, Parse("#42"))));
            }
        }
    }

    [Fact]
    public async Task Where_a_callback_decides_it_is_asked_behind_what_no_setting_allows()
    {
        foreach (var operation in Operations)
        {
            Assert.Equal(Yes, await JudgeAsync(operation, Callback, "ns:x", "", Standing.Outside, authorizer: new Answer(ChannelDecision.Allowed)));
            Assert.Equal(Denied, await JudgeAsync(operation, Callback, "ns:x", "42", Standing.BringsToken, authorizer: new Answer(ChannelDecision.Denied)));
            Assert.Equal(1234, await JudgeAsync(operation, Callback, "ns:x", "42", Standing.Outside, authorizer: new Answer(new ChannelDecision { ErrorCode = 1234, ErrorMessage = "no" })));
            Assert.Equal(Internal, await JudgeAsync(operation, Callback, "ns:x", "42", Standing.Outside, authorizer: new Answer(null)));
            Assert.Equal(Denied, await JudgeAsync(operation, Callback, "ns:x", "42", Standing.Outside)); // Nobody is there to be asked.
            Assert.Equal(Denied, await JudgeAsync(operation, Callback, "ns:x#43", "42", Standing.Outside, authorizer: new Answer(ChannelDecision.Allowed)));
            Assert.Equal(Denied, await JudgeAsync(operation, Callback, "ns:$x", "42", Standing.Outside, authorizer: new Answer(ChannelDecision.Allowed)));
            Assert.Equal(Denied, await JudgeAsync(operation, Nobody, "ns:x", "42", Standing.Outside, authorizer: new Answer(ChannelDecision.Allowed)));
        }
    }

    [Theory]
    [InlineData("""{"said":"***"}""", Yes)]
    [InlineData("{}", Yes)]
    [InlineData("", Internal)]
    [InlineData("no JSON", Internal)]
    [InlineData("1 2", Internal)]
    [InlineData("[12345678901234567890123456789012345678901234567890]", Internal)] // Longer than what may be published.
    public async Task What_an_authorizer_puts_in_place_of_a_publication_is_checked_like_one(string data, int expected)
    {
        var node = new TestNode(
            options =>
            {
                options.Api.MaxDataBytes = 40;
                options.Channels.Publish = Callback;
            },
            new Answer(ChannelDecision.Allowed with { Data = System.Text.Encoding.UTF8.GetBytes(data) }));
        var client = await node.ConnectAsync("42");
        Assert.Equal(expected, CodeOf(await node.Permissions.JudgeAsync(Publish, client.Connection, Parse("x"))));
    }

    private static async Task<int> JudgeAsync(
        ChannelOperation operation, ChannelAccess access, string channel, string user, Standing standing, bool isPrivate = false, IChannelAuthorizer? authorizer = null)
    {
        // Only the operation in question has that access, so that nothing is allowed by another's.
        var rules = new ChannelOptions
        {
            Subscribe = operation == Subscribe ? access : Nobody,
            Publish = operation == Publish ? access : Nobody,
            ReadPresence = operation == ReadPresence ? access : Nobody,
            ReadHistory = operation == ReadHistory ? access : Nobody,
            Private = isPrivate,
        };
        var node = new TestNode(
            options =>
            {
                options.Channels = rules;
                options.Namespaces["ns"] = rules;
            },
            authorizer);
        var client = await node.ConnectAsync(user);
        if (standing >= Standing.Subscribed)
        {
            var kind = standing == Standing.SubscribedByToken ? SubscriptionKind.Granted : SubscriptionKind.None;
            Assert.Null(client.Connection.Subscriptions.Add(node.Hub.Subscribe(client.Connection, channel, new ChannelRules(Nobody, Nobody), kind, out _), limit: 10));
        }

        return CodeOf(await node.Permissions.JudgeAsync(operation, client.Connection, Parse(channel), standing == Standing.BringsToken));
    }

    private static int CodeOf(Judgement judgement) => judgement.Refusal?.Error?.Code ?? Yes;

    private static ChannelName Parse(string channel)
    {
        Assert.True(ChannelName.TryParse(channel, out var name, out var why), why);
        return name;
    }

    /// <summary>Always says the same; null for a failure.</summary>
    [Fact]
    public async Task An_authorizer_may_ask_for_another_try_or_close_the_connection()
    {
        Assert.Equal(new Refusal(new ErrorResult(1001, "later", Temporary: true)), await RefusalAsync(new ChannelDecision { ErrorCode = 1001, ErrorMessage = "later", IsTemporary = true }));
        Assert.Equal(new Refusal(ErrorResult.Internal), await RefusalAsync(ChannelDecision.Unavailable));
        Assert.Equal(new Refusal(null, new CloseReason(4501, "rude")), await RefusalAsync(new ChannelDecision { DisconnectCode = 4501, DisconnectReason = "rude" }));

        // What cannot be said to a client is the authorizer's failure.
        Assert.Equal(new Refusal(ErrorResult.Internal), await RefusalAsync(new ChannelDecision { DisconnectCode = 1009 }));
        Assert.Equal(new Refusal(ErrorResult.Internal), await RefusalAsync(new ChannelDecision { DisconnectCode = 4501, DisconnectReason = new string('x', 124) }));

        static async Task<Refusal?> RefusalAsync(ChannelDecision decision)
        {
            var node = new TestNode(options => options.Channels.Publish = Callback, new Answer(decision));
            var client = await node.ConnectAsync("42");
            return (await node.Permissions.JudgeAsync(Publish, client.Connection, Parse("x"))).Refusal;
        }
    }

    private sealed class Answer(ChannelDecision? decision) : IChannelAuthorizer
    {
        public ValueTask<ChannelDecision> AuthorizeAsync(ChannelRequest request, CancellationToken cancellationToken) =>
            decision is null ? throw new InvalidOperationException("It fails.") : new(decision);
    }
}
