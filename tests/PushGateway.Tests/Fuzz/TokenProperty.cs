using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using PushGateway.Channels;
using PushGateway.Security.Tokens;

namespace PushGateway.Tests.Fuzz;

/// <summary>
/// The reader of tokens answers and never throws; what is not signed by the secret grants nothing, and what is, however strange, grants only what can be used. Checked is the input as a token, and
/// once more with its header and payload signed.
/// </summary>
internal sealed class TokenProperty() : Property("tokens", [.. "{}[]\",:\\u0HS256algkidsubexpchaneljt-_.=eyJ"u8])
{
    // The samples are good at this time, by this secret.
    private const long Now = 1_800_000_000;
    private const string Secret = "a secret of the fuzz tests that signed none of the samples at all, so that it opens nothing";

    private static readonly byte[] Key = Encoding.UTF8.GetBytes(Secret);

    private readonly ClientTokens _tokens = Make();

    public override void Check(Mutator mutator, byte[] input)
    {
        var token = Encoding.Latin1.GetString(input);
        Require(!IsGranted(token), "What was not signed is granted.");

        // Its parts as they are, and its payload behind a header that is right.
        var parts = token.Split('.');
        if (parts.Length < 2)
            return;

        if (IsGranted(Sign(parts[0], parts[1])) || IsGranted(Sign(Base64Url.EncodeToString("{\"alg\":\"HS256\"}"u8), parts[1])))
            Accepted++;
    }

    private bool IsGranted(string token)
    {
        var connection = _tokens.ReadConnectionAsync(token, CancellationToken.None).AsTask().GetAwaiter().GetResult();
        var subscription = _tokens.ReadSubscriptionAsync(token, CancellationToken.None).AsTask().GetAwaiter().GetResult();
        Require((connection.Grant is null) == (connection.Defect != TokenDefect.None), "A token is neither good nor bad.");
        Require(connection.Grant is null || subscription.Grant is null, "One token opens a session and a channel.");
        foreach (var (channel, _) in connection.Grant?.Channels ?? [])
            Require(ChannelName.TryParse(channel, out var name, out _) && !name.IsPersonal, "It grants what is no channel.");
        if (connection.Grant is { Identity.User: { Length: > 0 } user })
            Require(ChannelName.IsUser(user, out _), "It grants what is no user.");
        return connection.Grant is not null || subscription.Grant is not null;
    }

    private static string Sign(string header, string payload)
    {
        var signed = $"{header}.{payload}";
        return $"{signed}.{Base64Url.EncodeToString(HMACSHA256.HashData(Key, Encoding.UTF8.GetBytes(signed)))}";
    }

    private static ClientTokens Make()
    {
        var options = Options.Create(new PushGatewayOptions { Security = { Tokens = { HmacSecret = Secret } } });
        var time = new FakeTimeProvider(DateTimeOffset.FromUnixTimeSeconds(Now));
        return new ClientTokens(options, new PublishedKeys(options, time, NullLogger<PublishedKeys>.Instance), time);
    }
}
