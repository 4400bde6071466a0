using System.Text;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using PushGateway.Channels;

namespace PushGateway.Tests.Hosting;

public class ConfigurationTests
{
    [Fact]
    public void Settings_are_read_from_their_section()
    {
        var options = Read("""
            {"PushGateway":{
              "Address":"http://n1",
              "Channels":{"Subscribe":"Anonymous"},
              "Namespaces":{"chat":{"Publish":"Authenticated"},"game":{"Subscribe":"nobody"}},
              "Connections":{"PingInterval":"00:00:10","OutboxBytes":300000},
              "Security":{"ApiKeys":["a-key-of-sixteen","another-key-of-16"],"AllowAnonymous":false},
              "Echo":{"Enabled":true}
            }}
            """);
        Assert.Equal("http://n1", options.Address);
        Assert.Equal(ChannelAccess.Anonymous, options.Channels.Subscribe);
        Assert.Null(options.Channels.Publish);
        Assert.Equal(ChannelAccess.Authenticated, options.Namespaces["chat"].Publish);
        Assert.Equal(ChannelAccess.Nobody, options.Namespaces["game"].Subscribe);
        Assert.Equal((TimeSpan.FromSeconds(10), 300_000), (options.Connections.PingInterval, options.Connections.OutboxBytes));
        Assert.Equal(["a-key-of-sixteen", "another-key-of-16"], options.Security.ApiKeys);
        Assert.Equal((false, true), (options.Security.AllowAnonymous, options.Echo.Enabled));
    }

    [Fact]
    public void Keys_are_read_with_all_that_they_may()
    {
        var options = Read($$$"""
            {"PushGateway":{
              "Api":{"AllowedOrigins":["https://admin.example.com"]},
              "Security":{
                "PublishesPerSecond":100,
                "Keys":{
                  "shop-1.eu":{"Hash":"sha256:{{{new string('a', 64)}}}","Scopes":["publish","read"],"Namespaces":["chat-*","#user"],"PublishesPerSecond":7},
                  "Watch":{"Hash":"sha256:{{{new string('b', 64)}}}","Scopes":["read"]}
                }}
            }}
            """);
        var key = options.Security.Keys["shop-1.eu"];
        Assert.Equal(["publish", "read"], key.Scopes);
        Assert.Equal(["chat-*", "#user"], key.Namespaces);
        Assert.Equal((7, 100, null), (key.PublishesPerSecond, options.Security.PublishesPerSecond, options.Security.Keys["Watch"].PublishesPerSecond));
        Assert.Equal(["https://admin.example.com"], options.Api.AllowedOrigins);
    }

    [Fact]
    public void A_namespace_with_nothing_set_exists()
    {
        var options = Read("""{"PushGateway":{"Channels":{"Subscribe":"Anonymous"},"Namespaces":{"news":{}}}}""");
        var directory = new ChannelDirectory(Options.Create(options));
        Assert.True(ChannelName.TryParse("news:x", out var name, out _));
        Assert.True(directory.TryGetRules(name, out var rules));
        Assert.Equal(new ChannelRules(ChannelAccess.Anonymous, ChannelAccess.Nobody) { Namespace = "news" }, rules);
    }

    [Fact]
    public void Settings_from_code_come_behind_the_configuration() =>
        Assert.Equal(7, Read("""{"PushGateway":{"Connections":{"MaxSubscriptions":5}}}""", options => options.Connections.MaxSubscriptions = 7).Connections.MaxSubscriptions);

    [Fact]
    public void What_cannot_work_is_found_when_the_settings_are_first_used() =>
        Assert.Throws<OptionsValidationException>(() => Read("""{"PushGateway":{"Connections":{"MaxSubscriptions":0}}}"""));

    [Fact]
    public async Task Every_part_can_be_made()
    {
        await using var provider = Services("{}").BuildServiceProvider(new ServiceProviderOptions { ValidateOnBuild = true, ValidateScopes = true });
        Assert.NotEmpty(provider.GetServices<IHostedService>());
    }

    private static PushGatewayOptions Read(string json, Action<PushGatewayOptions>? configure = null)
    {
        using var provider = Services(json, configure).BuildServiceProvider();
        return provider.GetRequiredService<IOptions<PushGatewayOptions>>().Value;
    }

    private static ServiceCollection Services(string json, Action<PushGatewayOptions>? configure = null)
    {
        using var text = new MemoryStream(Encoding.UTF8.GetBytes(json));
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddSingleton<IConfiguration>(new ConfigurationBuilder().AddJsonStream(text).Build());
        services.AddSingleton<IHostEnvironment>(new TestEnvironment());
        services.AddPushGateway(configure);
        return services;
    }
}
