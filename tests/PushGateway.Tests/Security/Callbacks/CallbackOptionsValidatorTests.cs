using PushGateway.Security.Callbacks;

namespace PushGateway.Tests.Security.Callbacks;

public class CallbackOptionsValidatorTests
{
    private const string Secret = "0123456789abcdef0123456789abcdef";

    [Fact]
    public void Without_an_address_nothing_is_needed() => Assert.Empty(Validate(_ => { }));

    [Theory]
    [InlineData("https://backend.example/gateway", false, null)]
    [InlineData("https://backend.example:8443/gateway?tenant=7", false, null)]
    [InlineData("http://127.0.0.1:5000/gateway", false, null)]
    [InlineData("http://localhost/gateway", false, null)]
    [InlineData("http://[::1]/gateway", false, null)]
    [InlineData("http://backend.example/gateway", true, null)]
    [InlineData("http://backend.example/gateway", false, "must be https. Where something else encrypts on the way, such as a mesh, set PushGateway:Callbacks:AllowHttp.")]
    [InlineData("https://user:password@backend.example/gateway", false, "must be an address such as")]
    [InlineData("ftp://backend.example/gateway", true, "must be an address such as")]
    [InlineData("backend.example/gateway", false, "must be an address such as")]
    [InlineData("", false, "must be an address such as")]
    public void An_address_is_one_that_can_be_asked_safely(string address, bool allowHttp, string? wrong)
    {
        foreach (var set in new Action<CallbackOptions>[] { callbacks => callbacks.Connect = address, callbacks => callbacks.Subscribe = address, callbacks => callbacks.Publish = address })
        {
            var failures = Validate(callbacks =>
            {
                set(callbacks);
                callbacks.AllowHttp = allowHttp;
                callbacks.Secret = Secret;
            });
            if (wrong is null)
                Assert.Empty(failures);
            else
                Assert.Contains(wrong, Assert.Single(failures), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_wrong_address_is_not_shown() => Assert.DoesNotContain(
        "password",
        string.Join('\n', Validate(callbacks => (callbacks.Connect, callbacks.Secret) = ("https://someone:password=x@backend.example/", Secret))).Replace("without user and password", "", StringComparison.Ordinal),
        StringComparison.Ordinal);

    [Fact]
    public void An_address_needs_a_secret()
    {
        Assert.Contains("PushGateway:Callbacks:Secret: set what requests are signed with", Assert.Single(Validate(callbacks => callbacks.Publish = "https://backend.example")), StringComparison.Ordinal);
        Assert.Empty(Validate(callbacks => (callbacks.Publish, callbacks.Secret) = ("https://backend.example", Secret)));
    }

    [Theory]
    [InlineData("too short")]
    [InlineData("whsec_too-short")]
    [InlineData("")]
    public void A_weak_secret_is_refused_and_not_shown(string secret)
    {
        foreach (var set in new Action<CallbackOptions>[] { callbacks => callbacks.Secret = secret, callbacks => callbacks.PreviousSecret = secret })
        {
            var failure = Assert.Single(Validate(set));
            Assert.Contains("must be whsec_ and 24 to 64 bytes in base64, or a text of 32 bytes or more.", failure, StringComparison.Ordinal);
            if (secret.Length > 0)
                Assert.DoesNotContain(secret, failure, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("Cookie", true)]
    [InlineData("X-Forwarded-For", true)]
    [InlineData("authorization", true)]
    [InlineData("Webhook-Signature", false)]
    [InlineData("webhook-id", false)]
    [InlineData("host", false)]
    [InlineData("Content-Length", false)]
    [InlineData("transfer-encoding", false)]
    [InlineData("with space", false)]
    [InlineData("X: y\r\nZ", false)]
    [InlineData("", false)]
    public void A_header_that_is_passed_on_is_none_of_the_request_itself(string name, bool good)
    {
        foreach (var set in new Action<CallbackOptions>[] { callbacks => callbacks.Headers.Add(name), callbacks => callbacks.EmulatedHeaders.Add(name) })
            Assert.Equal(good ? 0 : 1, Validate(set).Count());
    }

    public static TheoryData<string, Action<CallbackOptions>> Unusable { get; } = new()
    {
        { "Timeout must be from 00:00:00.0500000 to 00:01:00.", callbacks => callbacks.Timeout = TimeSpan.Zero },
        { "Timeout must be from", callbacks => callbacks.Timeout = TimeSpan.FromDays(2) },
        { "MaxInFlight must be from 1 to 100000.", callbacks => callbacks.MaxInFlight = 0 },
        { "MaxResponseBytes must be from 1024 to 16777216.", callbacks => callbacks.MaxResponseBytes = 1023 },
        { "BreakerFailureRatio must be above 0 and at most 1.", callbacks => callbacks.BreakerFailureRatio = 0 },
        { "BreakerFailureRatio must be", callbacks => callbacks.BreakerFailureRatio = 1.01 },
        { "BreakerFailureRatio must be", callbacks => callbacks.BreakerFailureRatio = double.NaN },
        { "BreakerMinimumThroughput must be from 2 to 1000000.", callbacks => callbacks.BreakerMinimumThroughput = 1 },
        { "BreakerSamplingDuration must be from 00:00:00.5000000 to 01:00:00.", callbacks => callbacks.BreakerSamplingDuration = TimeSpan.FromMilliseconds(499) },
        { "BreakerBreakDuration must be", callbacks => callbacks.BreakerBreakDuration = TimeSpan.FromDays(1) },
    };

    [Theory]
    [MemberData(nameof(Unusable), DisableDiscoveryEnumeration = true)]
    public void Each_bound_is_kept(string expected, Action<CallbackOptions> set) =>
        Assert.StartsWith($"PushGateway:Callbacks:{expected}", Assert.Single(Validate(set)), StringComparison.Ordinal);

    [Fact]
    public void A_client_is_not_closed_while_it_is_asked_about()
    {
        Assert.Contains(
            "Timeout must be shorter than PushGateway:Connections:ConnectTimeout",
            Assert.Single(Validate(callbacks => (callbacks.Connect, callbacks.Secret, callbacks.Timeout) = ("https://backend.example", Secret, TimeSpan.FromSeconds(10)))), StringComparison.Ordinal);
        Assert.Empty(Validate(callbacks => (callbacks.Subscribe, callbacks.Secret, callbacks.Timeout) = ("https://backend.example", Secret, TimeSpan.FromSeconds(10))));
    }

    private static IEnumerable<string> Validate(Action<CallbackOptions> set)
    {
        var options = new PushGatewayOptions();
        set(options.Callbacks);
        return new CallbackOptionsValidator().Validate(null, options).Failures ?? [];
    }
}
