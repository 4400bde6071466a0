using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using PushGateway.Security;
using PushGateway.Security.Tokens;

namespace PushGateway.Tests.Security.Tokens;

/// <summary>A reader of tokens at a time that stands still: <see cref="Now"/>.</summary>
internal sealed class TestTokens
{
    /// <summary>In seconds since 1970.</summary>
    public const long Now = 1_800_000_000;

    public TestTokens(Action<PushGatewayOptions>? configure = null)
    {
        Options.Security.Tokens.HmacSecret = Jwt.Secret;
        configure?.Invoke(Options);
        var options = Microsoft.Extensions.Options.Options.Create(Options);
        Reader = new ClientTokens(options, new PublishedKeys(options, Time, NullLogger<PublishedKeys>.Instance), Time);
    }

    public PushGatewayOptions Options { get; } = new();

    public FakeTimeProvider Time { get; } = new(DateTimeOffset.FromUnixTimeSeconds(Now));

    public ClientTokens Reader { get; }

    /// <summary>Reads what needs nothing from elsewhere.</summary>
    public TokenReading<ClientGrant> Connection(string token) => AtOnce(Reader.ReadConnectionAsync(token, TestContext.Current.CancellationToken));

    public TokenReading<SubscriptionGrant> Subscription(string token) => AtOnce(Reader.ReadSubscriptionAsync(token, TestContext.Current.CancellationToken));

    private static TokenReading<T> AtOnce<T>(ValueTask<TokenReading<T>> reading)
        where T : class
    {
        var task = reading.AsTask();
        Assert.True(task.IsCompleted, "A token was not read at once.");
        return task.GetAwaiter().GetResult();
    }
}
