using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;
using PushGateway.Security.Origins;

namespace PushGateway.Tests.Security.Origins;

public class OriginRulesTests
{
    private const string Host = "gateway.example";

    [Theory]
    [InlineData("https://example.com", "https://example.com", true)]
    [InlineData("https://example.com", "HTTPS://Example.COM", true)]
    [InlineData("https://Example.com", "https://example.com", true)]
    [InlineData("https://example.com", "https://example.com:443", true)]
    [InlineData("https://example.com:443", "https://example.com", true)]
    [InlineData("http://example.com:80", "http://example.com", true)]
    [InlineData("https://example.com:8443", "https://example.com:8443", true)]
    [InlineData("https://[2001:db8::1]:8443", "https://[2001:DB8::1]:8443", true)]
    [InlineData("https://10.0.0.1", "https://10.0.0.1", true)]
    [InlineData("https://xn--bcher-kva.example", "https://xn--bcher-kva.example", true)]
    [InlineData("https://xn--bcher-kva.example", "https://b\u00fccher.example", false)]
    [InlineData("capacitor://localhost", "capacitor://localhost", true)]
    [InlineData("capacitor://localhost", "ionic://localhost", false)]
    [InlineData("chrome-extension://abcdefghijklmnop", "chrome-extension://abcdefghijklmnop", true)]
    [InlineData("https://example.com", "http://example.com", false)]
    [InlineData("https://example.com", "https://example.com:80", false)]
    [InlineData("https://example.com", "http://example.com:443", false)]
    [InlineData("https://example.com", "https://example.com:8443", false)]
    [InlineData("https://example.com:8443", "https://example.com", false)]
    [InlineData("https://example.com", "https://example.com.evil.example", false)]
    [InlineData("https://example.com", "https://evilexample.com", false)]
    [InlineData("https://example.com", "https://a.example.com", false)]
    [InlineData("https://example.com", "https://example.comm", false)]
    [InlineData("https://example.com", "https://gateway.example", false)] // The own one is to be listed too.
    [InlineData("https://*.example.com", "https://a.example.com", true)]
    [InlineData("https://*.example.com", "https://A.EXAMPLE.com", true)]
    [InlineData("https://*.example.com", "https://a.b.example.com", true)]
    [InlineData("https://*.example.com", "https://a.example.com:8443", false)]
    [InlineData("https://*.example.com:8443", "https://a.example.com:8443", true)]
    [InlineData("https://*.example.com", "https://example.com", false)]
    [InlineData("https://*.example.com", "https://.example.com", false)]
    [InlineData("https://*.example.com", "https://evilexample.com", false)]
    [InlineData("https://*.example.com", "http://a.example.com", false)]
    [InlineData("https://*.example.com", "https://a.example.com.evil.example", false)]
    [InlineData("https://*.example.com", "https://evil.example/.example.com", false)]
    [InlineData("https://*.example.com", "https://evil.example#.example.com", false)]
    [InlineData("https://*.example.com", "https://evil.example\\.example.com", false)]
    [InlineData("https://*.example.com", "https://evil.example:80@a.example.com", false)]
    [InlineData("*", "https://anything.example", true)]
    [InlineData("*", "null", false)]
    [InlineData("*", "nonsense", false)]
    [InlineData("*", "", false)]
    [InlineData("null", "null", true)]
    [InlineData("null", "NULL", false)]
    [InlineData("null", "https://example.com", false)]
    public void A_listed_origin_may_connect_and_no_other(string allowed, string origin, bool may)
    {
        var rules = Rules("Production", allowed);
        Assert.Equal(may, rules.Allow(Encoding.UTF8.GetBytes(origin), Encoding.ASCII.GetBytes(Host)));
        Assert.Equal(may, rules.Allow(Headers(origin, Host)));
        Assert.Equal(may, Rules("Production", "https://other.example", allowed, "http://*.other.example").Allow(Headers(origin, Host)));
    }

    [Theory]
    [InlineData("https://gateway.example", "gateway.example", true)]
    [InlineData("https://gateway.example", "GATEWAY.example:443", true)]
    [InlineData("http://gateway.example", "gateway.example", true)]
    [InlineData("http://gateway.example:80", "gateway.example", true)]
    [InlineData("http://gateway.example:5080", "gateway.example:5080", true)]
    [InlineData("http://[::1]:5080", "[::1]:5080", true)]
    [InlineData("https://gateway.example", "gateway.example:80", false)]
    [InlineData("http://gateway.example", "gateway.example:443", false)]
    [InlineData("https://gateway.example:5080", "gateway.example", false)]
    [InlineData("https://gateway.example", "gateway.example:5080", false)]
    [InlineData("https://evil.example", "gateway.example", false)]
    [InlineData("https://a.gateway.example", "gateway.example", false)]
    [InlineData("ftp://gateway.example", "gateway.example", false)]
    [InlineData("null", "null", false)]
    [InlineData("null", "gateway.example", false)]
    [InlineData("https://gateway.example", "", false)]
    [InlineData("https://gateway.example", "gateway.example, evil.example", false)]
    [InlineData("http://localhost:3000", "localhost:5080", false)]
    public void Without_a_list_the_gateways_own_may_and_no_other(string origin, string host, bool may) =>
        Assert.Equal(may, Rules("Production").Allow(Headers(origin, host)));

    [Theory]
    [InlineData("http://localhost:3000", "localhost:5080", true)]
    [InlineData("https://localhost", "127.0.0.1:5080", true)]
    [InlineData("http://app.localhost:3000", "[::1]:5080", true)]
    [InlineData("http://127.0.0.1:3000", "localhost:5080", true)]
    [InlineData("http://127.200.0.1:3000", "localhost:5080", true)]
    [InlineData("http://[::1]:3000", "localhost:5080", true)]
    [InlineData("http://LOCALHOST:3000", "LocalHost:5080", true)]
    [InlineData("http://gateway.example:5080", "gateway.example:5080", true)]
    [InlineData("http://localhost:3000", "evil.example:5080", false)]
    [InlineData("http://evil.example:5080", "localhost:5080", false)]
    [InlineData("http://evillocalhost:3000", "localhost:5080", false)]
    [InlineData("http://localhost.evil.example:3000", "localhost:5080", false)]
    [InlineData("http://127.evil.example:3000", "localhost:5080", false)]
    [InlineData("http://127.0.0.1.evil.example:3000", "localhost:5080", false)]
    [InlineData("http://128.0.0.1:3000", "localhost:5080", false)]
    [InlineData("http://[::2]:3000", "localhost:5080", false)]
    [InlineData("capacitor://localhost", "localhost:5080", false)]
    [InlineData("null", "localhost:5080", false)]
    public void In_Development_those_of_this_machine_may_as_well(string origin, string host, bool may) =>
        Assert.Equal(may, Rules("Development").Allow(Headers(origin, host)));

    [Fact]
    public void A_list_counts_in_Development_too() => Assert.False(Rules("Development", "https://example.com").Allow(Headers("http://localhost:3000", "localhost:5080")));

    [Fact]
    public void Who_is_no_browser_has_no_origin_and_may() => Assert.True(Rules("Production", "https://example.com").Allow(new HeaderDictionary()));

    [Fact]
    public void Several_origins_are_none()
    {
        var headers = Headers("https://example.com", Host);
        headers["Origin"] = new StringValues(["https://example.com", "https://example.com"]);
        Assert.False(Rules("Production", "*", "https://example.com").Allow(headers));
    }

    [Fact]
    public void One_that_is_longer_than_any_is_none()
    {
        var rules = Rules("Production", "*");
        Assert.True(rules.Allow(Headers("https://" + new string('a', Origin.MaxBytes - 8), Host)));
        Assert.False(rules.Allow(Headers("https://" + new string('a', Origin.MaxBytes - 7), Host)));
        Assert.False(Rules("Production").Allow(Headers("https://example.com", new string('a', 5000))));
    }

    [Fact]
    public void Nothing_is_allocated_for_the_bytes_of_a_request()
    {
        var rules = Rules("Production", "https://example.com", "https://*.example.com", "null");
        var own = Rules("Production");
        byte[] origin = [.. "https://a.b.example.com"u8], strange = [.. "https://evil.example"u8], host = [.. "evil.example"u8];
        var allowed = 0;
        for (var warm = 0; warm < 2; warm++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < 1000; i++)
                allowed += (rules.Allow(origin, host) ? 1 : 0) + (rules.Allow(strange, host) ? 1 : 0) + (own.Allow(strange, host) ? 1 : 0);
            if (warm == 1)
                Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.Equal(4000, allowed);
    }

    [Theory]
    [InlineData("*")]
    [InlineData("null")]
    [InlineData("https://example.com")]
    [InlineData("http://localhost:3000")]
    [InlineData("https://*.example.com")]
    [InlineData("http://[::1]:3000")]
    [InlineData("app://-")]
    public void Settings_that_are_origins_are_taken(string setting) => Assert.True(Validate(setting).Succeeded);

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("example.com")]
    [InlineData("*.example.com")]
    [InlineData("//example.com")]
    [InlineData("://example.com")]
    [InlineData("https://")]
    [InlineData("https://example.com/")]
    [InlineData("https://example.com/page")]
    [InlineData("https://example.com?")]
    [InlineData(" https://example.com")]
    [InlineData("https://example.com, https://example.org")]
    [InlineData("https://user@example.com")]
    [InlineData("https://example.com:")]
    [InlineData("https://example.com:0x50")]
    [InlineData("https://example.com:65536")]
    [InlineData("https://example.com:*")]
    [InlineData("https://*")]
    [InlineData("https://*example.com")]
    [InlineData("https://a.*.example.com")]
    [InlineData("https://*.*.example.com")]
    [InlineData("https://*..example.com")]
    [InlineData("https://*.[::1]")]
    [InlineData("*://example.com")]
    [InlineData("**")]
    [InlineData("Null")]
    [InlineData("https://b\u00fccher.example")]
    public void Others_are_refused_at_the_start(string setting)
    {
        var result = Validate("https://example.com", setting);
        Assert.StartsWith("PushGateway:Security:AllowedOrigins:1 must be an origin such as https://example.com", Assert.Single(result.Failures!), StringComparison.Ordinal);
    }

    private static HeaderDictionary Headers(string origin, string host) => new() { ["Origin"] = origin, ["Host"] = host };

    private static OriginRules Rules(string environment, params string[] allowed) => new(Options.Create(With(allowed)), new TestEnvironment(environment));

    private static ValidateOptionsResult Validate(params string[] allowed) => new OriginsValidator().Validate(null, With(allowed));

    private static PushGatewayOptions With(string[] allowed)
    {
        var options = new PushGatewayOptions();
        foreach (var origin in allowed)
            options.Security.AllowedOrigins.Add(origin);
        return options;
    }
}
