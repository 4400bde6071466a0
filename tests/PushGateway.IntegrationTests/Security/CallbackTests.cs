using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Microsoft.Extensions.Time.Testing;
using PushGateway.Connections;
using PushGateway.IntegrationTests.Infrastructure;
using PushGateway.Protocol;
using PushGateway.Security;
using PushGateway.Security.Authorization;

namespace PushGateway.IntegrationTests.Security;

/// <summary>What a back end is asked, and what becomes of its answer.</summary>
public sealed class CallbackTests : IAsyncLifetime
{
    private FarEnd _farEnd = null!;

    public async ValueTask InitializeAsync() => _farEnd = await FarEnd.StartAsync();

    public ValueTask DisposeAsync() => _farEnd.DisposeAsync();

    [Fact]
    public async Task A_back_end_says_who_a_client_is()
    {
        using var asking = new Asking(_farEnd.Address);
        _farEnd.Answer = FarEnd.Says("""{"result":{"user":"42","info":{"name":"Ann"},"channels":["news:1"],"meta":{"tenant":7}}}""");
        var grant = (await asking.ConnectAsync()).Grant!;
        Assert.Equal(new ClientIdentity("42", """{"name":"Ann"}"""), grant.Identity);
        Assert.Equal(("news:1", null), Assert.Single(grant.Channels));
        Assert.Equal("""{"tenant":7}""", grant.Meta);
        Assert.NotNull(grant.Stamp.IssuedAt); // A grant without it would count as taken back by each revocation.
    }

    [Fact]
    public async Task A_question_for_a_client_has_the_fields_of_the_ecosystem()
    {
        using var asking = new Asking(_farEnd.Address);
        await asking.ConnectAsync();
        await asking.ConnectAsync(new ConnectRequest { Name = "js", Version = "5.8.0", Data = """{"a":[1]}"""u8.ToArray() });
        Assert.Equal(
            [
                """{"client":"6f1c","transport":"websocket","protocol":"json","encoding":"json"}""",
                """{"client":"6f1c","transport":"websocket","protocol":"json","encoding":"json","name":"js","version":"5.8.0","data":{"a":[1]}}""",
            ],
            _farEnd.Questions.Select(question => question.Text));
        Assert.All(_farEnd.Questions, question => Assert.Equal(("/connect", "application/json"), (question.Path, question.Headers["Content-Type"])));
    }

    [Fact]
    public async Task A_question_for_a_channel_has_the_fields_of_the_ecosystem()
    {
        using var asking = new Asking(_farEnd.Address);
        _farEnd.Answer = FarEnd.Says("""{"result":{}}""");
        Assert.True((await asking.SubscribeAsync()).IsAllowed);
        Assert.True((await asking.AuthorizeAsync(new ChannelRequest(ChannelOperation.Publish, "room:1", "42", "6f1c") { Meta = """{"tenant":7}""", Data = "\"hello\""u8.ToArray() })).IsAllowed);
        Assert.Equal(
            [
                ("/subscribe", """{"client":"6f1c","transport":"websocket","protocol":"json","encoding":"json","user":"42","channel":"room:1"}"""),
                ("/publish", """{"client":"6f1c","transport":"websocket","protocol":"json","encoding":"json","user":"42","channel":"room:1","data":"hello","meta":{"tenant":7}}"""),
            ],
            _farEnd.Questions.Select(question => (question.Path, question.Text)));
    }

    [Fact]
    public async Task Each_request_is_signed_with_both_secrets_and_has_an_id_of_its_own()
    {
        const string text = "a secret that is a text of more than 32 bytes";
        using var asking = new Asking(_farEnd.Address, callbacks => (callbacks.Secret, callbacks.PreviousSecret) = (text, Asking.Secret));
        await asking.ConnectAsync();
        await asking.ConnectAsync();
        byte[] key = Encoding.UTF8.GetBytes(text), previous = Convert.FromBase64String(Asking.Secret["whsec_".Length..]);
        foreach (var question in _farEnd.Questions)
        {
            var headers = new HeaderDictionary(question.Headers.ToDictionary(header => header.Key, header => new StringValues(header.Value)));
            Assert.True(IsFromGateway(headers, question.Body, key, TimeProvider.System));
            Assert.True(IsFromGateway(headers, question.Body, previous, TimeProvider.System));
            Assert.False(IsFromGateway(headers, question.Body, [.. previous.Reverse()], TimeProvider.System));
            Assert.False(IsFromGateway(headers, [.. question.Body, (byte)' '], key, TimeProvider.System));
            Assert.False(IsFromGateway(headers, question.Body, key, new FakeTimeProvider(TimeProvider.System.GetUtcNow().AddMinutes(6))));
            Assert.Equal(2, headers["webhook-signature"].ToString().Split(' ').Length);
        }

        Assert.Equal(2, _farEnd.Questions.Select(question => question.Headers["webhook-id"]).Distinct().Count());
    }

    // As in docs/callbacks.md.
    private static bool IsFromGateway(HeaderDictionary headers, ReadOnlySpan<byte> body, byte[] key, TimeProvider time)
    {
        if (!long.TryParse(headers["webhook-timestamp"], out var sent) || Math.Abs(time.GetUtcNow().ToUnixTimeSeconds() - sent) > 300)
            return false;

        byte[] signed = [.. Encoding.UTF8.GetBytes($"{headers["webhook-id"]}.{sent}."), .. body];
        var expected = Encoding.UTF8.GetBytes("v1," + Convert.ToBase64String(HMACSHA256.HashData(key, signed)));
        return headers["webhook-signature"].ToString().Split(' ').Any(one => CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(one), expected));
    }

    [Fact]
    public async Task The_official_library_of_the_standard_verifies_what_is_sent_and_nothing_else()
    {
        using var asking = new Asking(_farEnd.Address);
        await asking.ConnectAsync(new ConnectRequest { Data = "\"Ünïcode\""u8.ToArray() });
        var question = Assert.Single(_farEnd.Questions);

        await using var verifier = ChildProcess.Start("node", [Path.Combine(Repository.Root, "tests", "clients", "verify.mjs")]);
        Assert.Equal("good", await VerifyAsync(verifier, Asking.Secret, question.Text, question.Headers));
        Assert.StartsWith("bad", await VerifyAsync(verifier, Asking.Secret, question.Text.Replace("6f1c", "6f1d", StringComparison.Ordinal), question.Headers), StringComparison.Ordinal);
        Assert.StartsWith("bad", await VerifyAsync(verifier, "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", question.Text, question.Headers), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_back_end_gets_to_see_the_headers_that_the_operator_has_named()
    {
        using var asking = new Asking(_farEnd.Address, callbacks =>
        {
            callbacks.Headers.Add("Cookie");
            callbacks.EmulatedHeaders.Add("Authorization");
        });
        var sent = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase) { ["authorization"] = "Bearer abc", ["Cookie"] = "forged", ["X-User"] = "admin" };
        await asking.ConnectAsync(new ConnectRequest { Headers = sent }, null, ("Cookie", "session=Zoë"));

        var question = Assert.Single(_farEnd.Questions);
        Assert.Equal(("session=Zoë", "Bearer abc"), (question.Headers["Cookie"], question.Headers["Authorization"]));
        Assert.DoesNotContain("X-User", question.Headers.Keys);
        Assert.Equal(["Cookie", "Authorization"], question.Json.GetProperty("headers").EnumerateObject().Select(header => header.Name));
        Assert.Equal("session=Zoë", question.Json.GetProperty("headers").GetProperty("Cookie").GetString());
    }

    [Fact]
    public async Task What_the_handshake_says_counts_before_what_the_client_says()
    {
        using var asking = new Asking(_farEnd.Address, callbacks =>
        {
            callbacks.Headers.Add("Authorization");
            callbacks.EmulatedHeaders.Add("Authorization");
        });
        var sent = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase) { ["Authorization"] = "Bearer mine" };
        await asking.ConnectAsync(new ConnectRequest { Headers = sent }, null, ("authorization", "Bearer of the proxy"));
        await asking.ConnectAsync(new ConnectRequest { Headers = sent });
        Assert.Equal(["Bearer of the proxy", "Bearer mine"], _farEnd.Questions.Select(question => question.Headers["Authorization"]));
    }

    [Fact]
    public async Task A_header_that_came_several_times_is_one_list()
    {
        using var asking = new Asking(_farEnd.Address, callbacks =>
        {
            callbacks.Headers.Add("Cookie");
            callbacks.Headers.Add("X-Forwarded-For");
        });
        await asking.ConnectAsync(null, null, ("Cookie", "a=b"), ("Cookie", "c=d"), ("X-Forwarded-For", "10.0.0.1"), ("x-forwarded-for", "10.0.0.2"));
        var question = Assert.Single(_farEnd.Questions);
        Assert.Equal(("a=b; c=d", "10.0.0.1, 10.0.0.2"), (question.Headers["Cookie"], question.Headers["X-Forwarded-For"]));
    }

    [Theory]
    [InlineData("x\r\nX-Admin: yes")]
    [InlineData("x\nX-Admin: yes")]
    [InlineData("x\0y")]
    public async Task A_value_that_would_be_another_header_is_left_out(string value)
    {
        using var asking = new Asking(_farEnd.Address, callbacks => callbacks.EmulatedHeaders.Add("Authorization"));
        Assert.NotNull((await asking.ConnectAsync(new ConnectRequest { Headers = new Dictionary<string, string> { ["Authorization"] = value } })).Grant);
        Assert.DoesNotContain("X-Admin", Assert.Single(_farEnd.Questions).Headers.Keys);
        Assert.DoesNotContain("Authorization", _farEnd.Questions.First().Headers.Keys);
    }

    [Fact]
    public async Task Errors_and_disconnects_are_the_back_ends_to_choose()
    {
        using var asking = new Asking(_farEnd.Address);
        _farEnd.Answer = FarEnd.Says("""{"error":{"code":1000,"message":"try later","temporary":true}}""");
        Assert.Equal(new ErrorResult(1000, "try later", Temporary: true), (await asking.ConnectAsync()).Error);
        var refused = await asking.SubscribeAsync();
        Assert.Equal((false, 1000, "try later", true, null), (refused.IsAllowed, refused.ErrorCode, refused.ErrorMessage, refused.IsTemporary, refused.DisconnectCode));

        _farEnd.Answer = FarEnd.Says("""{"disconnect":{"code":4501,"reason":"unauthorized"}}""");
        Assert.Equal(new CloseReason(4501, "unauthorized"), (await asking.ConnectAsync()).End);
        var closed = await asking.PublishAsync();
        Assert.Equal((false, 4501, "unauthorized"), (closed.IsAllowed, closed.DisconnectCode!.Value, closed.DisconnectReason));
        Assert.Empty(asking.Log.Lines); // A no is an answer.
    }

    [Theory]
    [InlineData(ChannelOperation.ReadPresence)]
    [InlineData(ChannelOperation.ReadHistory)]
    public async Task Who_may_read_is_not_asked_over_HTTP(ChannelOperation operation)
    {
        using var asking = new Asking(_farEnd.Address);
        Assert.Equal(ChannelDecision.Denied, await asking.AuthorizeAsync(new ChannelRequest(operation, "room:1", "42", "6f1c")));
        Assert.Empty(_farEnd.Questions);
    }

    private static async Task<string> VerifyAsync(ChildProcess verifier, string secret, string body, IReadOnlyDictionary<string, string> headers)
    {
        await verifier.SayAsync(JsonSerializer.Serialize(new { secret, body, headers }));
        return await verifier.NextLineAsync(TestContext.Current.CancellationToken);
    }
}
