using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using PushGateway.Channels;
using PushGateway.Notifications;
using PushGateway.Security;
using PushGateway.Security.Tokens;
using PushGateway.Tests.Security.Tokens;

namespace PushGateway.Tests.Fuzz;

/// <summary>Whatever a client brings as a token, the reader answers at once and does not throw; and it grants nothing but what was signed.</summary>
public class TokenFuzzTests
{
    private const string Header = """{"alg":"HS256"}""";

    private static readonly byte[][] Tokens = FuzzRun.Corpus("tokens");

    private readonly TestTokens _tokens = new(options =>
    {
        foreach (var kid in new[] { "RS", "ES" })
            options.Security.Tokens.Keys[kid] = new TokenKeyOptions { PublicKey = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Fuzz", "corpus", "token-keys", kid + ".pem")) };
    });

    private int _granted;

    [Fact]
    public void The_corpus_is_good() => Assert.All(Tokens, token => Assert.True(IsGranted(Encoding.ASCII.GetString(token))));

    [Fact]
    public void What_was_changed_is_not_granted()
    {
        var signed = Tokens.Select(token => Decoded(Encoding.ASCII.GetString(token))).ToHashSet(StringComparer.Ordinal);
        var count = FuzzRun.Over(Tokens, "ABCDwxyz0189-_.= \n"u8.ToArray(), (_, bytes) =>
        {
            var token = Encoding.Latin1.GetString(bytes);
            if (IsGranted(token))
                Assert.Contains(Decoded(token), signed);
        });
        Assert.NotEqual(0, count);
    }

    [Fact]
    public void What_was_signed_is_held_to_its_types()
    {
        var payloads = Tokens.Select(token => Base64Url.DecodeFromChars(Encoding.ASCII.GetString(token).Split('.')[1])).ToArray();
        var count = FuzzRun.Over(payloads, "{}[]\",:\\u0d8-+eE.1nulsbchaexpo#$@ \n"u8.ToArray(), (_, payload) =>
        {
            var token = Jwt.SignedParts(Jwt.Encode(Header), Base64Url.EncodeToString(payload), Jwt.By("HS256"));
            Check(_tokens.Connection(token).Grant);
            Check(_tokens.Subscription(token).Grant);
        });
        Assert.True(_granted > count / 100, $"{_granted} of {count} were granted, too few for the changes to mean anything.");
    }

    [Fact]
    public void A_header_that_was_signed_is_held_to_its_types()
    {
        var headers = Tokens.Select(token => Base64Url.DecodeFromChars(Encoding.ASCII.GetString(token).Split('.')[0])).ToArray();
        FuzzRun.Over(headers, "{}[]\",:\\u0HSREcritkdalgnoe2456789"u8.ToArray(), (unused, header) =>
        {
            var token = Jwt.SignedParts(Base64Url.EncodeToString(header), Jwt.Encode("""{"exp":1800000060}"""), Jwt.By("HS256"));
            if (!IsGranted(token))
                return;

            using var json = JsonDocument.Parse(header);
            Assert.Equal("HS256", json.RootElement.GetProperty("alg").GetString());
            Assert.False(json.RootElement.TryGetProperty("crit", out _));
        });
    }

    private bool IsGranted(string token) => _tokens.Connection(token).Grant is not null || _tokens.Subscription(token).Grant is not null;

    private void Check(ClientGrant? grant)
    {
        if (grant is null)
            return;

        _granted++;
        CheckUser(grant.Identity.User);
        CheckJson(grant.Identity.Info);
        CheckJson(grant.Meta);
        Assert.NotNull(grant.Stamp.ExpiresAt);
        Assert.InRange(grant.Channels.Count, 0, _tokens.Options.Connections.MaxSubscriptions);
        foreach (var (channel, info) in grant.Channels)
        {
            CheckChannel(channel);
            CheckJson(info);
        }
    }

    private void Check(SubscriptionGrant? grant)
    {
        if (grant is null)
            return;

        _granted++;
        CheckUser(grant.User);
        CheckJson(grant.Info);
        CheckChannel(grant.Channel);
    }

    private static void CheckUser(string user) => Assert.True(user.Length == 0 || ChannelName.IsUser(user, out _), user);

    private static void CheckChannel(string channel) => Assert.True(ChannelName.TryParse(channel, out var name, out _) && !name.IsPersonal, channel);

    private void CheckJson(string? json)
    {
        if (json is null)
            return;

        var bytes = Encoding.UTF8.GetBytes(json);
        Assert.InRange(bytes.Length, 1, _tokens.Options.Connections.MaxInfoBytes);
        Assert.True(JsonPayload.IsOneValue(bytes), json);
        Assert.DoesNotContain('\n', json);
    }

    private static string Decoded(string token) => string.Join('.', token.Split('.').Select(part => Convert.ToHexString(Base64Url.DecodeFromChars(part))));
}
