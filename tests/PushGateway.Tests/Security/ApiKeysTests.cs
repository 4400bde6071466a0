using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;
using PushGateway.Security;

namespace PushGateway.Tests.Security;

public class ApiKeysTests
{
    private const string Key = "a-key-of-sixteen-characters", Other = "another-key-of-theirs";
    private const string Shop = "pgk_shop_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", Watch = "pgk_watch-1.eu_BBBBBBBBBBBBBBBB_BBBBBBBBBBBBBBBBBBBBBBBBBB";

    private readonly FakeTimeProvider _time = new();
    private readonly PushGatewayOptions _options = new()
    {
        Security =
        {
            ApiKeys = { Key, Other },
            Keys = { ["shop"] = With(Shop, "publish", "read"), ["watch-1.eu"] = With(Watch, "read") },
        },
    };

    [Theory]
    [InlineData("X-API-Key", Key, "ApiKeys:0")]
    [InlineData("x-api-key", Other, "ApiKeys:1")]
    [InlineData("Authorization", $"Bearer {Key}", "ApiKeys:0")]
    [InlineData("Authorization", $"bearer   {Other} ", "ApiKeys:1")]
    [InlineData("X-API-Key", Shop, "shop")]
    [InlineData("Authorization", $"Bearer {Watch}", "watch-1.eu")]
    public void A_known_key_says_who_the_caller_is(string header, string value, string id)
    {
        var (caller, refusal) = Find(header, value);
        Assert.Null(refusal);
        Assert.Equal(id, caller!.Id);
    }

    [Fact]
    public void A_key_in_clear_has_all_scopes_and_another_those_that_it_was_given()
    {
        Assert.Equal(ApiScopes.All, Find("X-API-Key", Key).Caller!.Scopes);
        Assert.Equal(ApiScopes.Publish | ApiScopes.Read, Find("X-API-Key", Shop).Caller!.Scopes);
        Assert.Equal(ApiScopes.Read, Find("X-API-Key", Watch).Caller!.Scopes);
    }

    [Fact]
    public void A_key_made_for_a_hash_may_also_stand_in_clear()
    {
        const string clear = "pgk_try_CCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCC";
        _options.Security.ApiKeys.Add(clear);
        Assert.Equal("ApiKeys:2", Find("X-API-Key", clear).Caller!.Id);
    }

    [Theory]
    [InlineData("X-API-Key", "", null)]
    [InlineData("X-API-Key", "a-key-of-sixteen-character", null)]
    [InlineData("X-API-Key", "A-KEY-OF-SIXTEEN-CHARACTERS", null)]
    [InlineData("X-API-Key", $"{Key},{Other}", null)]
    [InlineData("X-API-Key", "ключ", null)]
    [InlineData("Authorization", "Bearer x", null)]
    [InlineData("Authorization", "Bearer ", null)]
    [InlineData("X-API-Key", "pgk_shop_", "shop")]
    [InlineData("X-API-Key", "pgk_shop", null)]
    [InlineData("X-API-Key", "pgk_shop_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB", "shop")]
    [InlineData("X-API-Key", "pgk_SHOP_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "SHOP")]
    [InlineData("X-API-Key", "pgk_watch-1.eu_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "watch-1.eu")]
    [InlineData("X-API-Key", "pgk_nobody_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "nobody")]
    [InlineData("X-API-Key", "pgk_perhaps-secret_short", null)] // Nobody knows which part of it is secret.
    [InlineData("X-API-Key", "PGK_shop_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", null)]
    public void Another_key_is_refused_and_the_id_it_names_is_known_where_it_is_no_secret(string header, string value, string? id)
    {
        var (_, refusal) = Find(header, value);
        Assert.Equal((RefusalKind.UnknownKey, "The key is not known.", id), (refusal!.Kind, refusal.Why, refusal.KeyId));
        Assert.Equal("Bearer realm=\"PushGateway\", error=\"invalid_token\", error_description=\"The key is not known\"", refusal.Challenge);
    }

    [Fact]
    public void A_key_of_any_length_is_read()
    {
        var longKey = new string('k', 5000);
        Assert.Equal(RefusalKind.UnknownKey, Find("X-API-Key", longKey).Refusal!.Kind);
        _options.Security.ApiKeys.Add(longKey);
        Assert.Equal("ApiKeys:2", Find("X-API-Key", longKey).Caller!.Id);
    }

    [Theory]
    [InlineData("X-Other", Key)]
    [InlineData("Authorization", Key)]
    [InlineData("Authorization", $"Basic {Key}")]
    [InlineData("Authorization", $"Bearer{Key}")]
    public void No_key_is_told_how_to_send_one(string header, string value)
    {
        var refusal = Find(header, value).Refusal!;
        Assert.Equal("Send a key as X-API-Key or as Authorization: Bearer.", refusal.Why);
        Assert.Equal("Bearer realm=\"PushGateway\"", refusal.Challenge); // Without an error, as RFC 6750 has it where nothing was sent.
    }

    [Fact]
    public void Several_keys_in_several_headers_are_none() => Assert.NotNull(Find("X-API-Key", Key, request => request.Append("X-API-Key", Key)).Refusal);

    [Fact]
    public void The_header_of_its_own_comes_before_the_general_one() => Assert.NotNull(Find("X-API-Key", "wrong", request => request.Authorization = $"Bearer {Key}").Refusal);

    [Theory]
    [InlineData("127.0.0.1", true)]
    [InlineData("::1", true)]
    [InlineData("::ffff:127.0.0.1", true)]
    [InlineData("10.0.0.1", false)]
    [InlineData("::ffff:10.0.0.1", false)]
    [InlineData("fe80::1", false)]
    public void Without_keys_in_Development_the_API_answers_this_machine_alone(string address, bool allowed)
    {
        var refusal = FindLocal(address, "localhost:5080");
        Assert.Equal(allowed ? null : RefusalKind.NotThisMachine, refusal?.Kind);
        if (!allowed)
            Assert.Contains("PushGateway:Security:ApiKeys", refusal!.Why, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("localhost", true)]
    [InlineData("LOCALHOST:5080", true)]
    [InlineData("shop.localhost:5080", true)]
    [InlineData("127.0.0.1:5080", true)]
    [InlineData("[::1]:5080", true)]
    [InlineData("rebound.example.com:5080", false)]
    [InlineData("localhost.example.com", false)]
    [InlineData("notlocalhost", false)]
    [InlineData("127.0.0.1.example.com", false)]
    [InlineData("192.168.1.7", false)]
    [InlineData("", false)]
    public void Without_keys_a_request_to_another_name_than_this_machines_is_refused(string host, bool allowed)
    {
        var refusal = FindLocal("127.0.0.1", host);
        Assert.Equal(allowed ? null : RefusalKind.ForeignHost, refusal?.Kind);
    }

    [Theory]
    [InlineData("http://localhost:5080", true)]
    [InlineData("https://localhost", true)]
    [InlineData("http://127.0.0.1:3000", true)]
    [InlineData("http://[::1]:3000", true)]
    [InlineData("https://admin.example.com", true)] // Named by the settings.
    [InlineData("https://example.com", false)]
    [InlineData("https://localhost.example.com", false)]
    [InlineData("null", false)]
    [InlineData("", false)]
    [InlineData("file:///localhost", false)]
    [InlineData("http://localhost, http://example.com", false)]
    public void Without_keys_a_page_of_elsewhere_is_refused(string origin, bool allowed)
    {
        var refusal = FindLocal("127.0.0.1", "localhost:5080", origin);
        Assert.Equal(allowed ? null : RefusalKind.ForeignOrigin, refusal?.Kind);
    }

    [Fact]
    public void With_a_key_in_Development_this_machine_needs_it_too()
    {
        Assert.NotNull(Find("X-Other", Key, environment: "Development").Refusal);
        Assert.Null(Find("X-API-Key", Key, environment: "Development").Refusal);
    }

    [Fact]
    public void Without_keys_in_Production_nobody_gets_in()
    {
        var keys = new ApiKeys(Microsoft.Extensions.Options.Options.Create(new PushGatewayOptions()), new TestEnvironment("Production"), _time);
        Assert.False(keys.TryFind(new DefaultHttpContext { Connection = { RemoteIpAddress = IPAddress.Loopback }, Request = { Headers = { ["X-API-Key"] = "" } } }, out _, out _));
    }

    [Fact]
    public void Replaced_keys_count_at_once_and_say_what_has_changed()
    {
        var keys = Keys();
        var other = new SecurityOptions { Keys = { ["shop"] = With(Watch, "read"), ["watch-1.eu"] = With(Watch, "read"), ["new"] = With(Key, "read") } };
        var before = keys.Replace(other);
        Assert.False(keys.TryFind(Request("X-API-Key", Shop), out _, out _));
        Assert.True(keys.TryFind(Request("X-API-Key", Watch), out _, out _));
        Assert.Equal(["new", "shop"], keys.Current.IdsBeyond(before).Order(StringComparer.Ordinal));
        Assert.Equal(["ApiKeys:0", "ApiKeys:1", "shop"], before.IdsBeyond(keys.Current).Order(StringComparer.Ordinal));
        Assert.Empty(keys.Current.IdsBeyond(keys.Replace(other)));
    }

    [Fact]
    public void What_a_key_has_published_still_counts_behind_a_reload_that_does_not_change_its_limit()
    {
        _options.Security.PublishesPerSecond = 2;
        var keys = Keys();
        var limit = LimitOf(keys);
        Assert.True(limit.TryTake() && limit.TryTake());
        keys.Replace(_options.Security);
        Assert.False(LimitOf(keys).TryTake());

        _options.Security.Keys["shop"].PublishesPerSecond = 1;
        keys.Replace(_options.Security);
        Assert.True(LimitOf(keys).TryTake());
    }

    [Fact]
    public void A_limit_is_the_keys_own_or_that_of_all_keys()
    {
        _options.Security.PublishesPerSecond = 7;
        _options.Security.Keys["shop"].PublishesPerSecond = 0;
        Assert.Null(Find("X-API-Key", Shop).Caller!.Limit);
        Assert.Equal(7, Find("X-API-Key", Watch).Caller!.Limit!.PerSecond);
        Assert.Equal(7, Find("X-API-Key", Key).Caller!.Limit!.PerSecond);
    }

    [Fact]
    public void A_limit_lets_a_second_of_notifications_through_at_once_and_says_what_is_left()
    {
        var limit = new PublishLimit(3, _time);
        Assert.Equal("\"publishes\";q=3;w=1", limit.Policy);
        Assert.True(limit.TryTake());
        Assert.Equal("\"publishes\";r=2;t=1", limit.Describe());
        Assert.True(limit.TryTake() && limit.TryTake());
        Assert.False(limit.TryTake());
        Assert.Equal("\"publishes\";r=0;t=1", limit.Describe());
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("\"publishes\";r=3;t=1", limit.Describe());
    }

    private static PublishLimit LimitOf(ApiKeys keys)
    {
        Assert.True(keys.TryFind(Request("X-API-Key", Shop), out var caller, out _));
        return caller.Limit!;
    }

    private static ApiKeyOptions With(string key, params string[] scopes)
    {
        var options = new ApiKeyOptions { Hash = "sha256:" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key))) };
        foreach (var scope in scopes)
            options.Scopes.Add(scope);
        return options;
    }

    private static ApiRefusal? FindLocal(string address, string host, string? origin = null)
    {
        var options = new PushGatewayOptions { Api = { AllowedOrigins = { "https://admin.example.com" } } };
        var context = new DefaultHttpContext { Connection = { RemoteIpAddress = IPAddress.Parse(address) }, Request = { Headers = { Host = host } } };
        if (origin is not null)
            context.Request.Headers.Origin = origin;
        return new ApiKeys(Microsoft.Extensions.Options.Options.Create(options), new TestEnvironment(), TimeProvider.System).TryFind(context, out var caller, out var refusal)
            ? caller == ApiCaller.Loopback ? null : throw new InvalidOperationException("Another caller.")
            : refusal;
    }

    private (ApiCaller? Caller, ApiRefusal? Refusal) Find(string header, string value, Action<IHeaderDictionary>? more = null, string environment = "Production")
    {
        var context = Request(header, value);
        more?.Invoke(context.Request.Headers);
        Keys(environment).TryFind(context, out var caller, out var refusal);
        return (caller, refusal);
    }

    private static DefaultHttpContext Request(string header, string value) =>
        new() { Connection = { RemoteIpAddress = IPAddress.Loopback }, Request = { Headers = { [header] = value } } };

    private ApiKeys Keys(string environment = "Production") => new(Microsoft.Extensions.Options.Options.Create(_options), new TestEnvironment(environment), _time);
}
