using System.Net;
using Microsoft.AspNetCore.Http;
using PushGateway.Security;

namespace PushGateway.Tests.Security;

public class ApiKeysTests
{
    private const string Key = "a-key-of-sixteen-characters", Other = "another-key-of-theirs";

    [Theory]
    [InlineData("X-API-Key", Key)]
    [InlineData("x-api-key", Other)]
    [InlineData("Authorization", $"Bearer {Key}")]
    [InlineData("Authorization", $"bearer   {Other} ")]
    public void A_known_key_opens_the_API(string header, string value) => Assert.Null(WhyRefused(header, value));

    [Theory]
    [InlineData("X-API-Key", "")]
    [InlineData("X-API-Key", "a-key-of-sixteen-character")]
    [InlineData("X-API-Key", "A-KEY-OF-SIXTEEN-CHARACTERS")]
    [InlineData("X-API-Key", $"{Key},{Other}")]
    [InlineData("X-API-Key", "ключ")]
    [InlineData("Authorization", "Bearer x")]
    [InlineData("Authorization", "Bearer ")]
    public void Another_key_does_not(string header, string value) => Assert.Equal("The key is not known.", WhyRefused(header, value));

    [Theory]
    [InlineData("X-Other", Key)]
    [InlineData("Authorization", Key)]
    [InlineData("Authorization", $"Basic {Key}")]
    [InlineData("Authorization", $"Bearer{Key}")]
    public void No_key_is_told_how_to_send_one(string header, string value) =>
        Assert.Equal("Send a key as X-API-Key or as Authorization: Bearer.", WhyRefused(header, value));

    [Fact]
    public void Several_keys_in_several_headers_are_none() => Assert.NotNull(WhyRefused("X-API-Key", Key, request => request.Append("X-API-Key", Key)));

    [Fact]
    public void The_header_of_its_own_comes_before_the_general_one() =>
        Assert.NotNull(WhyRefused("X-API-Key", "wrong", request => request.Authorization = $"Bearer {Key}"));

    [Theory]
    [InlineData("127.0.0.1", true)]
    [InlineData("::1", true)]
    [InlineData("::ffff:127.0.0.1", true)]
    [InlineData("10.0.0.1", false)]
    [InlineData("::ffff:10.0.0.1", false)]
    [InlineData("fe80::1", false)]
    public void Without_keys_in_Development_the_API_answers_this_machine_alone(string address, bool allowed)
    {
        var keys = new ApiKeys(Microsoft.Extensions.Options.Options.Create(new PushGatewayOptions()), new TestEnvironment());
        Assert.True(keys.IsOpenToLoopback);
        var why = keys.WhyRefused(new DefaultHttpContext { Connection = { RemoteIpAddress = IPAddress.Parse(address) } });
        Assert.Equal(allowed, why is null);
        if (!allowed)
            Assert.Contains("PushGateway:Security:ApiKeys", why, StringComparison.Ordinal);
    }

    [Fact]
    public void With_a_key_in_Development_this_machine_needs_it_too()
    {
        Assert.NotNull(WhyRefused("X-Other", Key, environment: "Development"));
        Assert.Null(WhyRefused("X-API-Key", Key, environment: "Development"));
    }

    [Fact]
    public void Without_keys_in_Production_nobody_gets_in()
    {
        var keys = new ApiKeys(Microsoft.Extensions.Options.Options.Create(new PushGatewayOptions()), new TestEnvironment("Production"));
        Assert.False(keys.IsOpenToLoopback);
        Assert.NotNull(keys.WhyRefused(new DefaultHttpContext { Connection = { RemoteIpAddress = IPAddress.Loopback }, Request = { Headers = { ["X-API-Key"] = "" } } }));
    }

    private static string? WhyRefused(string header, string value, Action<IHeaderDictionary>? more = null, string environment = "Production")
    {
        var options = new PushGatewayOptions { Security = { ApiKeys = { Key, Other } } };
        var context = new DefaultHttpContext { Connection = { RemoteIpAddress = IPAddress.Loopback }, Request = { Headers = { [header] = value } } };
        more?.Invoke(context.Request.Headers);
        return new ApiKeys(Microsoft.Extensions.Options.Options.Create(options), new TestEnvironment(environment)).WhyRefused(context);
    }
}
