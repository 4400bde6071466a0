using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using PushGateway.IntegrationTests.Infrastructure;
using PushGateway.IntegrationTests.Redis;
using PushGateway.Security;
using PushGateway.Security.Tokens;

namespace PushGateway.IntegrationTests.Security;

/// <summary>Keys that an identity provider publishes, fetched from a server that is there, is slow, lies, or is gone.</summary>
public sealed class PublishedKeysTests : IAsyncDisposable
{
    private static readonly SigningPair One = SigningPair.Rsa("one"), Two = SigningPair.P256("two");

    private readonly FakeTimeProvider _time = new(DateTimeOffset.FromUnixTimeSeconds(1_800_000_000));
    private readonly RecordingLog _log = new();
    private readonly List<PublishedKeys> _published = [];
    private KeyServer _server = null!;

    [Fact]
    public async Task Tokens_are_checked_by_what_is_published()
    {
        var tokens = await StartAsync([One.Jwk, Two.Jwk]);
        Assert.Equal("42", (await ReadAsync(tokens, One.Sign(_time.GetUtcNow()))).Grant?.Identity.User);
        Assert.Equal("42", (await ReadAsync(tokens, Two.Sign(_time.GetUtcNow()))).Grant?.Identity.User);
        Assert.Equal(TokenDefect.Invalid, (await ReadAsync(tokens, Two.Sign(_time.GetUtcNow(), kid: "one"))).Defect);
        Assert.Equal(1, _server.Requests);
    }

    [Fact]
    public async Task A_token_without_kid_is_for_the_only_key_of_its_algorithm()
    {
        var tokens = await StartAsync([One.Jwk, Two.Jwk]);
        Assert.NotNull((await ReadAsync(tokens, One.Sign(_time.GetUtcNow(), kid: ""))).Grant);

        _server.Publish(One.Jwk, SigningPair.Rsa("three").Jwk);
        var others = Reader();
        Assert.Contains("several", (await ReadAsync(others, One.Sign(_time.GetUtcNow(), kid: ""))).Why, StringComparison.Ordinal);
    }

    public static TheoryData<string> Unusable { get; } =
    [
        $$"""{"kid":"one","use":"enc",{{One.Members}}}""",
        $$"""{"kid":"one","key_ops":["encrypt"],{{One.Members}}}""",
        $$"""{"kid":"one","alg":"RS512",{{One.Members}}}""",
        $$"""{"kid":"one","alg":"RSA-OAEP",{{One.Members}}}""",
        """{"kid":"one","kty":"oct","k":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}""",
        """{"kid":"one","kty":"EC","crv":"P-256","x":"AAAA","y":"AAAA"}""",
        """{"kid":"one","kty":"RSA","n":"!","e":"AQAB"}""",
        """{"kid":"one","kty":"RSA"}""",
        """{"kid":"one","kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}""",
        $$"""{"kid":"one",{{SigningPair.Rsa("small", 1024).Members}}}""",
    ];

    [Theory]
    [MemberData(nameof(Unusable))]
    public async Task A_key_that_is_not_for_this_is_passed_over_and_the_others_count(string jwk)
    {
        var tokens = await StartAsync([jwk, Two.Jwk]);
        Assert.Equal(TokenDefect.Invalid, (await ReadAsync(tokens, One.Sign(_time.GetUtcNow()))).Defect);
        Assert.NotNull((await ReadAsync(tokens, Two.Sign(_time.GetUtcNow()))).Grant);
    }

    [Fact]
    public async Task A_herd_of_unknown_ids_asks_once()
    {
        var tokens = await StartAsync([One.Jwk]);
        Assert.NotNull((await ReadAsync(tokens, One.Sign(_time.GetUtcNow()))).Grant);
        Assert.Equal(1, _server.Requests);
        _time.Advance(TimeSpan.FromSeconds(31));

        var held = new TaskCompletionSource();
        var publish = _server.Answer;
        _server.Answer = async context =>
        {
            await held.Task;
            await publish(context);
        };
        var herd = Enumerable.Range(0, 500).Select(i => ReadAsync(tokens, Two.Sign(_time.GetUtcNow(), $"unknown-{i}"))).ToArray();
        await Eventually.EqualAsync(2, () => _server.Requests);
        // Who is known does not wait for them.
        Assert.NotNull((await ReadAsync(tokens, One.Sign(_time.GetUtcNow()))).Grant);
        held.SetResult();
        Assert.All(await Task.WhenAll(herd), reading => Assert.Equal(TokenDefect.Invalid, reading.Defect));

        for (var i = 0; i < 500; i++)
            Assert.Equal(TokenDefect.Invalid, (await ReadAsync(tokens, Two.Sign(_time.GetUtcNow(), $"another-{i}"))).Defect);
        Assert.Equal(2, _server.Requests);
    }

    [Fact]
    public async Task Keys_can_be_changed_without_a_gap()
    {
        var tokens = await StartAsync([One.Jwk]);
        Assert.NotNull((await ReadAsync(tokens, One.Sign(_time.GetUtcNow()))).Grant);

        _server.Publish(One.Jwk, Two.Jwk);
        _time.Advance(TimeSpan.FromSeconds(30));
        Assert.NotNull((await ReadAsync(tokens, Two.Sign(_time.GetUtcNow()))).Grant);
        Assert.NotNull((await ReadAsync(tokens, One.Sign(_time.GetUtcNow()))).Grant);

        _server.Publish(Two.Jwk);
        _time.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal(TokenDefect.Invalid, (await ReadAsync(tokens, Two.Sign(_time.GetUtcNow(), "unknown"))).Defect);
        Assert.Equal(TokenDefect.Invalid, (await ReadAsync(tokens, One.Sign(_time.GetUtcNow()))).Defect);
    }

    private static readonly Dictionary<string, Func<HttpContext, Task>> Failures = new()
    {
        ["an error"] = context => Status(context, 500),
        ["nothing there"] = context => Status(context, 404),
        ["a redirect"] = context =>
        {
            context.Response.Redirect("/elsewhere");
            return Task.CompletedTask;
        },
        ["garbage"] = context => context.Response.WriteAsync("<html>"),
        ["no object"] = context => context.Response.WriteAsync("[1]"),
        ["keys that are none"] = context => context.Response.WriteAsync("""{"keys":[{"kty":7}]}"""),
        ["nothing"] = _ => Task.CompletedTask,
        ["no keys"] = context => context.Response.WriteAsync("""{"keys":[]}"""),
        ["too much"] = async context =>
        {
            var chunk = Encoding.ASCII.GetBytes("{\"keys\":[" + new string(' ', 64 * 1024));
            for (var i = 0; i < 64 && !context.RequestAborted.IsCancellationRequested; i++)
                await context.Response.Body.WriteAsync(chunk, context.RequestAborted);
        },
        ["no end"] = context => Task.Delay(Timeout.Infinite, context.RequestAborted),
        ["a body without end"] = async context =>
        {
            await context.Response.WriteAsync("{");
            await context.Response.Body.FlushAsync();
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        },
        ["a cut connection"] = context =>
        {
            context.Abort();
            return Task.CompletedTask;
        },
    };

    public static TheoryData<string> FailureNames { get; } = [.. Failures.Keys];

    [Theory]
    [MemberData(nameof(FailureNames))]
    public async Task Without_keys_clients_are_to_try_again_and_known_keys_outlast_a_failure(string failure)
    {
        var tokens = await StartAsync([]);
        _server.Answer = Failures[failure];
        Assert.Equal(TokenDefect.Unavailable, (await ReadAsync(tokens, One.Sign(_time.GetUtcNow()))).Defect);
        Assert.Contains(_log.Lines, line => line.StartsWith("Warning NotFetched", StringComparison.Ordinal));

        // A moment later nobody has to wait for it.
        Assert.Equal(TokenDefect.Unavailable, (await ReadAsync(tokens, One.Sign(_time.GetUtcNow()))).Defect);
        Assert.Equal(1, _server.Requests);

        _server.Publish(One.Jwk);
        _time.Advance(TimeSpan.FromSeconds(30));
        Assert.NotNull((await ReadAsync(tokens, One.Sign(_time.GetUtcNow()))).Grant);

        _server.Answer = Failures[failure];
        _time.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal(TokenDefect.Invalid, (await ReadAsync(tokens, Two.Sign(_time.GetUtcNow()))).Defect);
        Assert.NotNull((await ReadAsync(tokens, One.Sign(_time.GetUtcNow()))).Grant);
        Assert.Equal(3, _server.Requests);
    }

    [Fact]
    public async Task They_are_fetched_at_the_start_and_again_when_their_time_is_over()
    {
        var tokens = await StartAsync([One.Jwk]);
        await RunAsync();
        await Eventually.EqualAsync(1, () => _server.Requests);
        await Eventually.EqualAsync(1, Fetched);

        _server.Publish(Two.Jwk);
        await PassAsync(TimeSpan.FromHours(1), untilRequests: 2);
        await Eventually.EqualAsync(true, () => Fetched() >= 2);
        var requests = _server.Requests;
        Assert.NotNull((await ReadAsync(tokens, Two.Sign(_time.GetUtcNow()))).Grant);
        Assert.Equal(requests, _server.Requests);
    }

    [Fact]
    public async Task A_server_that_fails_is_asked_less_and_less_often()
    {
        await StartAsync([]);
        _server.Answer = Failures["an error"];
        await RunAsync();
        await Eventually.EqualAsync(1, () => _server.Requests);
        var requests = 1;
        foreach (var pause in new[] { 1, 2, 4, 8, 16, 30, 30 })
        {
            await Eventually.EqualAsync(requests, NotFetched);
            // Until its timer is set, time that passes does not count.
            var waited = await PassAsync(TimeSpan.FromSeconds(1), untilRequests: ++requests);
            Assert.True(waited >= pause, $"It was asked again after {waited} s, not {pause} s.");
        }
    }

    [Fact]
    public async Task Who_gives_up_waiting_takes_nothing_from_the_others()
    {
        var tokens = await StartAsync([One.Jwk]);
        var held = new TaskCompletionSource();
        var publish = _server.Answer;
        _server.Answer = async context =>
        {
            await held.Task;
            await publish(context);
        };
        using var impatience = new CancellationTokenSource();
        var impatient = tokens.ReadConnectionAsync(One.Sign(_time.GetUtcNow()), impatience.Token).AsTask();
        var patient = ReadAsync(tokens, One.Sign(_time.GetUtcNow()));
        await Eventually.EqualAsync(1, () => _server.Requests);
        await impatience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => impatient);
        held.SetResult();
        Assert.NotNull((await patient).Grant);
    }

    [Fact]
    public async Task A_published_key_is_no_secret_and_a_secret_asks_nobody()
    {
        var tokens = await StartAsync([One.Jwk], options => options.HmacSecret = "a secret of this test with 32 bytes");
        var token = new Microsoft.IdentityModel.JsonWebTokens.JsonWebTokenHandler().CreateToken(
            """{"exp":1800000060}""",
            new Microsoft.IdentityModel.Tokens.SigningCredentials(new Microsoft.IdentityModel.Tokens.SymmetricSecurityKey(Encoding.UTF8.GetBytes("a secret of this test with 32 bytes")) { KeyId = "unknown" }, "HS256"));
        Assert.NotNull((await ReadAsync(tokens, token)).Grant);
        Assert.Equal(0, _server.Requests);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var published in _published)
        {
            await published.StopAsync(CancellationToken.None);
            published.Dispose();
        }

        if (_server is not null)
            await _server.DisposeAsync();
    }

    private static Task Status(HttpContext context, int status)
    {
        context.Response.StatusCode = status;
        return Task.CompletedTask;
    }

    private int Fetched() => _log.Lines.Count(line => line.Contains(" Fetched:", StringComparison.Ordinal));

    private int NotFetched() => _log.Lines.Count(line => line.Contains(" NotFetched:", StringComparison.Ordinal));

    private async Task<ClientTokens> StartAsync(string[] keys, Action<TokenOptions>? configure = null)
    {
        _server = await KeyServer.StartAsync(keys);
        return Reader(configure);
    }

    private ClientTokens Reader(Action<TokenOptions>? configure = null)
    {
        var options = new PushGatewayOptions { Security = { Tokens = { JwksUri = _server.Address, JwksTimeout = TimeSpan.FromSeconds(1) } } };
        configure?.Invoke(options.Security.Tokens);
        var published = new PublishedKeys(Options.Create(options), _time, _log.CreateLogger<PublishedKeys>());
        _published.Add(published);
        return new ClientTokens(Options.Create(options), published, _time);
    }

    private Task RunAsync() => _published[0].StartAsync(TestContext.Current.CancellationToken);

    // Returns how many steps it took.
    private async Task<int> PassAsync(TimeSpan step, int untilRequests)
    {
        var steps = 0;
        await Eventually.EqualAsync(true, () =>
        {
            if (_server.Requests >= untilRequests)
                return true;
            _time.Advance(step);
            steps++;
            return false;
        });
        return steps;
    }

    private static Task<TokenReading<ClientGrant>> ReadAsync(ClientTokens tokens, string token) => tokens.ReadConnectionAsync(token, TestContext.Current.CancellationToken).AsTask();
}
