using System.Reflection;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using PushGateway.Hosting;
using PushGateway.IntegrationTests.Api;
using PushGateway.IntegrationTests.Infrastructure;

namespace PushGateway.IntegrationTests.Hosting;

/// <summary>A node does not start with settings that cannot work, and says what is wrong with them.</summary>
public sealed class SettingsTests
{
    [Theory]
    [InlineData("Connections:PingInterval", "00:00:00.5", "PushGateway:Connections:PingInterval must be from 00:00:01 to 1.00:00:00.")]
    [InlineData("Connections:PingInterval", "2.00:00:00", "PushGateway:Connections:PingInterval must be from 00:00:01 to 1.00:00:00.")]
    [InlineData("Connections:PongTimeout", "00:00:00", "PushGateway:Connections:PongTimeout must be from 00:00:01 to 1.00:00:00.")]
    [InlineData("Connections:PongTimeout", "00:00:25", "PushGateway:Connections:PongTimeout must be shorter than PingInterval.")]
    [InlineData("Connections:ConnectTimeout", "-00:00:01", "PushGateway:Connections:ConnectTimeout must be from 00:00:01 to 1.00:00:00.")]
    [InlineData("Connections:CloseTimeout", "0", "PushGateway:Connections:CloseTimeout must be from 00:00:01 to 1.00:00:00.")]
    [InlineData("Connections:CloseTimeout", "5", "PushGateway:Connections:CloseTimeout must be from 00:00:01 to 1.00:00:00.")] // TimeSpan reads it as days.
    [InlineData("Connections:ChannelLinger", "0", "PushGateway:Connections:ChannelLinger must be from 00:00:01 to 1.00:00:00.")]
    [InlineData("Connections:MaxMessageBytes", "1023", "PushGateway:Connections:MaxMessageBytes must be from 1024 to 67108864.")]
    [InlineData("Connections:OutboxBytes", "0", "PushGateway:Connections:OutboxBytes must be from 16384 to 1073741824.")]
    [InlineData("Connections:MaxSubscriptions", "0", "PushGateway:Connections:MaxSubscriptions must be from 1 to 4096.")]
    [InlineData("Connections:MaxSubscriptions", "4097", "PushGateway:Connections:MaxSubscriptions must be from 1 to 4096.")]
    [InlineData("Connections:MaxConnections", "-1", "PushGateway:Connections:MaxConnections must be from 0 to 10000000.")]
    [InlineData("Connections:HandshakeTimeout", "00:00:00", "PushGateway:Connections:HandshakeTimeout must be from 00:00:01 to 1.00:00:00.")]
    [InlineData("Connections:MaxPendingHandshakes", "0", "PushGateway:Connections:MaxPendingHandshakes must be from 1 to 10000000.")]
    [InlineData("Connections:MaxHeaderBytes", "4095", "PushGateway:Connections:MaxHeaderBytes must be from 4096 to 1048576.")]
    [InlineData("Connections:HandshakesPerSecond", "-1", "PushGateway:Connections:HandshakesPerSecond must be from 0 to 1000000.")]
    [InlineData("Connections:HandshakeBurst", "0", "PushGateway:Connections:HandshakeBurst must be from 1 to 1000000.")]
    [InlineData("Shutdown:PauseSeconds", "-1", "PushGateway:Shutdown:PauseSeconds must be from 0 to 3600.")]
    [InlineData("Shutdown:DrainSeconds", "3601", "PushGateway:Shutdown:DrainSeconds must be from 0 to 3600.")]
    [InlineData("Api:MaxBodyBytes", "1023", "PushGateway:Api:MaxBodyBytes must be from 1024 to 268435456.")]
    [InlineData("Api:MaxDataBytes", "0", "PushGateway:Api:MaxDataBytes must be from 1 to 1048576.")]
    [InlineData("Api:MaxDataBytes", "1048577", "PushGateway:Api:MaxDataBytes must be from 1 to 1048576.")]
    [InlineData("Api:MaxBatchLines", "0", "PushGateway:Api:MaxBatchLines must be from 1 to 1000000.")]
    [InlineData("Api:MaxBatchBytes", "1023", "PushGateway:Api:MaxBatchBytes must be from 1024 to 1073741824.")]
    [InlineData("Api:MaxBatchInFlight", "0", "PushGateway:Api:MaxBatchInFlight must be from 1 to 10000.")]
    [InlineData("Api:MaxTargets", "0", "PushGateway:Api:MaxTargets must be from 1 to 100000.")]
    [InlineData("Api:MaxTags", "-1", "PushGateway:Api:MaxTags must be from 0 to 255.")]
    [InlineData("Api:MaxTagBytes", "65536", "PushGateway:Api:MaxTagBytes must be from 1 to 65535.")]
    [InlineData("Api:MaxPageSize", "0", "PushGateway:Api:MaxPageSize must be from 1 to 100000.")]
    [InlineData("Api:MaxPresencePageSize", "1001", "PushGateway:Api:MaxPresencePageSize must be from 1 to 1000.")]
    [InlineData("Api:MaxPresenceQueryUsers", "0", "PushGateway:Api:MaxPresenceQueryUsers must be from 1 to 1000.")]
    [InlineData("Api:MaxHistoryPageSize", "0", "PushGateway:Api:MaxHistoryPageSize must be from 1 to 1000.")]
    [InlineData("Api:MaxHistoryPageSize", "1001", "PushGateway:Api:MaxHistoryPageSize must be from 1 to 1000.")]
    [InlineData("Api:MaxHistoryPageBytes", "1023", "PushGateway:Api:MaxHistoryPageBytes must be from 1024 to 268435456.")]
    [InlineData("Api:IdempotencyTtl", "00:00:00.9", "PushGateway:Api:IdempotencyTtl must be from 00:00:01 to 1.00:00:00.")]
    [InlineData("Api:IdempotencyTtl", "5", "PushGateway:Api:IdempotencyTtl must be from 00:00:01 to 1.00:00:00.")] // TimeSpan reads it as days.
    [InlineData("Api:RetryAfter", "00:00:00", "PushGateway:Api:RetryAfter must be from 00:00:01 to 1.00:00:00.")]
    [InlineData("Echo:MaxMessageBytes", "0", "PushGateway:Echo:MaxMessageBytes must be from 1 to 67108864.")]
    [InlineData("Echo:IdleTimeout", "0", "PushGateway:Echo:IdleTimeout must be from 00:00:01 to 1.00:00:00.")]
    [InlineData("MaxChannelNameBytes", "256", "PushGateway:MaxChannelNameBytes must be from 1 to 255.")]
    [InlineData("Channels:Subscribe", "7", "PushGateway:Channels:Subscribe must be Nobody or Authenticated or Anonymous or Token or Subscribers or Callback.")]
    [InlineData("Namespaces:news:Publish", "-1", "PushGateway:Namespaces:news:Publish must be Nobody or Authenticated or Anonymous or Token or Subscribers or Callback.")]
    [InlineData("Namespaces:with space:Publish", "Nobody", "PushGateway:Namespaces:with space: a namespace has ASCII letters, digits and -_. only.")]
    [InlineData("Security:ApiKeys:0", "123456789012345", "PushGateway:Security:ApiKeys:0: a key has 16 characters or more, ASCII without spaces and line breaks.")]
    [InlineData("Security:Keys:shop:Hash", "pgk_shop_too-secret", "PushGateway:Security:Keys:shop:Hash looks like a key, and not like the hash of one. Make another key by \"keys new\", since this one was seen, and set the hash that it prints.")]
    [InlineData("Security:Keys:shop:PublishesPerSecond", "-1", "PushGateway:Security:Keys:shop:Scopes: set at least one of publish, read and admin.")]
    [InlineData("Security:Keys:too_secret:Scopes:0", "read", "PushGateway:Security:Keys: an id has 1 to 64 ASCII letters, digits, - and . only, and one of 10 characters is none.")]
    [InlineData("Security:PublishesPerSecond", "-1", "PushGateway:Security:PublishesPerSecond must be from 0 to 1000000.")]
    [InlineData("Api:AllowedOrigins:0", "*", "PushGateway:Api:AllowedOrigins:0 must be an exact origin as browsers send it, such as https://admin.example.com or http://localhost:3000.")]
    [InlineData("Security:ApiKeys:0", "", "PushGateway:Security:ApiKeys:0: a key has 16 characters or more, ASCII without spaces and line breaks.")]
    [InlineData("Security:ApiKeys:0", "0123456789abcdef\n", "PushGateway:Security:ApiKeys:0: a key has 16 characters or more, ASCII without spaces and line breaks.")]
    public async Task Each_bad_setting_is_named(string key, string value, string message)
    {
        var wrong = await RefusedAsync(Environments.Development, ($"PushGateway:{key}", value));
        Assert.Contains(message, wrong.Failures);
    }

    [Theory]
    [InlineData("Conections:MaxSubscriptions", "PushGateway:Conections is no setting.")]
    [InlineData("Channels:Privat", "PushGateway:Channels has 'Privat', which is no setting there.")]
    [InlineData("Namespaces:news:Subscribers", "PushGateway:Namespaces has 'Subscribers', which is no setting there.")]
    [InlineData("Security:AllowedOrgins:0", "PushGateway:Security has 'AllowedOrgins', which is no setting there.")]
    [InlineData("Security:Tokens:HmacSecert", "PushGateway:Security has 'HmacSecert', which is no setting there.")]
    public async Task A_name_that_is_no_setting_is_refused_since_what_it_was_meant_for_would_stay_open(string key, string message)
    {
        var wrong = await RefusedAsync(Environments.Development, ($"PushGateway:{key}", "4"));
        Assert.StartsWith(message, Assert.Single(wrong.Failures), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Names_may_be_written_in_any_case_and_every_one_is_known()
    {
        await using var node = GatewayNode.Start(("pushgateway:CONNECTIONS:maxsubscriptions", "4"), ("PushGateway:Redis:Prefix", "x"), ("PushGateway:SettingsFile", ""));
        var names = typeof(PushGatewayOptions).GetProperties(BindingFlags.Public | BindingFlags.Instance).Select(static property => property.Name);
        Assert.Equal(names.Order(StringComparer.Ordinal), UnknownSettings.Names.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task All_bad_settings_are_named_at_once()
    {
        var wrong = await RefusedAsync(
            Environments.Development, ("PushGateway:Api:MaxTargets", "0"), ("PushGateway:Echo:MaxMessageBytes", "0"), ("PushGateway:Security:ApiKeys:0", "short"));
        Assert.Equal(3, wrong.Failures.Count());
    }

    [Fact]
    public async Task A_key_that_is_not_accepted_is_not_shown()
    {
        var wrong = await RefusedAsync(Environments.Development, ("PushGateway:Security:ApiKeys:0", "too-secret"));
        Assert.DoesNotContain("too-secret", wrong.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Production")]
    [InlineData("Staging")]
    public async Task Outside_Development_a_key_is_needed(string environment)
    {
        var wrong = await RefusedAsync(environment);
        Assert.Contains("PushGateway__Security__ApiKeys__0", Assert.Single(wrong.Failures), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_the_API_no_key_is_needed()
    {
        await using var node = GatewayNode.StartIn("Production", ("PushGateway:Api:Enabled", "false"));
        foreach (var path in new[] { "/v1/nodes", "/openapi/v1.json" })
            Assert.Equal(404, (int)(await node.Http.GetAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken)).StatusCode);
    }

    [Fact]
    public async Task A_namespace_can_be_made_by_an_empty_setting()
    {
        await using var node = GatewayNode.StartIn(
            Environments.Production, ("PushGateway:Namespaces:orders", ""), ("PushGateway:Api:Enabled", "false"), ("PushGateway:Security:AllowAnonymous", "true"),
            ("PushGateway:Channels:Subscribe", "Anonymous"));
        await using var client = await Subscriber.ConnectAsync(node.WebSocket, "orders:1");
    }

    private static async Task<OptionsValidationException> RefusedAsync(string environment, params (string Key, string Value)[] settings)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { EnvironmentName = environment });
        builder.Configuration.AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create<string, string?>(setting.Key, setting.Value)));
        builder.WebHost.UseKestrel().UseUrls("http://127.0.0.1:0");
        builder.Services.AddPushGateway();
        await using var app = builder.Build();
        return await Assert.ThrowsAsync<OptionsValidationException>(() => app.StartAsync(TestContext.Current.CancellationToken));
    }
}
