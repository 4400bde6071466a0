using System.Net;
using System.Text;
using PushGateway.IntegrationTests.Infrastructure;

namespace PushGateway.IntegrationTests.Security;

/// <summary>Tokens as the official SDK brings and renews them.</summary>
public sealed class OfficialTokenTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_sdk_renews_its_tokens_and_stays_connected_and_subscribed()
    {
        await using var node = Start();
        await using var client = OfficialClient.StartWithTokens(new { url = node.WebSocket.OriginalString, secret = TestToken.Secret, user = "42", seconds = 3, channel = "$room" });
        int tokens = 0, subscriptionTokens = 0;
        while (tokens < 4 || subscriptionTokens < 4)
        {
            var seen = await client.NextAsync(Cancellation);
            switch (OfficialClient.Name(seen))
            {
                case "token": tokens++; break;
                case "subscription-token": subscriptionTokens++; break;
                case "connecting" when seen.GetProperty("code").GetInt32() == 0: break; // The beginning.
                case "subscribing" when seen.GetProperty("code").GetInt32() == 0: break;
                case "connected" or "subscribed": break;
                default: Assert.Fail(seen.ToString()); break;
            }
        }

        await node.PostAsync("$room", "7");
        Assert.Equal(7, (await client.NextAsync("publication", Cancellation)).GetProperty("data").GetInt32());
    }

    [Fact]
    public async Task The_sdk_gets_a_new_token_where_the_first_has_ended()
    {
        await using var node = Start();
        await using var client = OfficialClient.StartWithTokens(
            new { url = node.WebSocket.OriginalString, secret = TestToken.Secret, user = "42", seconds = 3600, first = -60 });
        await client.NextAsync("token", Cancellation);
        await client.NextAsync("connected", Cancellation);
        await node.PostBodyAsync("""{"user":"42","data":1}""");
        Assert.Equal("#42", (await client.NextAsync("publication", Cancellation)).GetProperty("channel").GetString());
    }

    [Fact]
    public async Task The_sdk_stays_away_with_a_token_that_is_not_good()
    {
        await using var node = Start();
        await using var client = OfficialClient.StartWithTokens(new { url = node.WebSocket.OriginalString, secret = "a secret that the gateway does not know at all", user = "42", seconds = 3600 });
        Assert.Equal(3500, (await client.NextAsync("disconnected", Cancellation)).GetProperty("code").GetInt32());
    }

    [Fact]
    public async Task A_session_does_not_become_another_users()
    {
        await using var node = Start();
        await using var client = OfficialClient.StartWithTokens(
            new { url = node.WebSocket.OriginalString, secret = TestToken.Secret, user = "42", seconds = 3600, first = 2, wrong = "43" });
        await client.NextAsync("connected", Cancellation);
        Assert.Equal(3500, (await client.NextAsync("disconnected", Cancellation)).GetProperty("code").GetInt32());
    }

    [Fact]
    public async Task The_sdk_stays_away_once_its_user_was_revoked()
    {
        await using var node = Start();
        await using var client = OfficialClient.StartWithTokens(new { url = node.WebSocket.OriginalString, secret = TestToken.Secret, user = "42", seconds = 3600 });
        await client.NextAsync("connected", Cancellation);
        using var body = new StringContent("""{"user":"42"}""", Encoding.UTF8, "application/json");
        using var answer = await node.Http.PostAsync("/v1/tokens/revocations", body, Cancellation);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(3500, (await client.NextAsync("disconnected", Cancellation)).GetProperty("code").GetInt32());
    }

    private static GatewayNode Start() => GatewayNode.Start(TestToken.Setting, ("PushGateway:Security:AllowAnonymous", "false"));
}
