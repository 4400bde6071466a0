using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using PushGateway.Redis;

namespace PushGateway.Tests.Redis;

public sealed class RedisOptionsValidatorTests
{
    private readonly RedisOptionsValidator _validator = new();

    [Theory]
    [InlineData("localhost")]
    [InlineData("localhost:6379,user=gateway,password=secret,ssl=true")]
    [InlineData("one:26379,two:26379,serviceName=primary")]
    public void Takes_connection_strings(string connection) =>
        Assert.True(_validator.Validate(null, new RedisOptions { Connection = connection }).Succeeded);

    [Theory]
    [InlineData("", "PushGateway:Redis:Connection")]
    [InlineData("localhost:6379,pasword=hunter2", "connection string")]
    [InlineData("localhost:6379,ssl=hunter2", "connection string")]
    [InlineData("password=hunter2", "names no host")]
    [InlineData("localhost,channelPrefix=x", "channelPrefix")]
    public void Says_what_is_wrong_with_a_connection_string_and_does_not_repeat_it(string connection, string words)
    {
        var result = _validator.Validate(null, new RedisOptions { Connection = connection });

        Assert.True(result.Failed);
        Assert.Contains(words, result.FailureMessage, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", result.FailureMessage, StringComparison.Ordinal);
    }

    [Fact]
    public void Names_every_setting_that_is_out_of_range()
    {
        var result = _validator.Validate(null, new RedisOptions
        {
            Connection = "localhost",
            Prefix = "a{b}",
            CommandTimeout = TimeSpan.Zero,
            ProbeInterval = TimeSpan.FromSeconds(5),
            LeaseDuration = TimeSpan.FromSeconds(3),
            ReplyTimeout = TimeSpan.FromDays(1),
            MaxMessageBytes = 1,
            MaxPendingSubscriptions = 1,
            MaxPendingPublishBytes = 1,
        });

        string[] wrong = ["Prefix", "CommandTimeout", "ProbeTimeout", "LeaseDuration", "ReplyTimeout", "MaxMessageBytes", "MaxPendingSubscriptions", "MaxPendingPublishBytes"];
        Assert.Equal(wrong, (result.Failures ?? []).Select(failure => failure.Split("Property ")[1].Split(':')[0]));
    }

    [Fact]
    public void The_section_of_the_configuration_is_bound_and_code_has_the_last_word()
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["PushGateway:Redis:Connection"] = "elsewhere",
            ["PushGateway:Redis:CommandTimeout"] = "00:00:05",
        });
        var services = new ServiceCollection();
        services.AddLogging().AddSingleton<IConfiguration>(configuration.Build());
        services.AddPushGateway().AddRedis("localhost");

        using var provider = services.BuildServiceProvider();
        var options = provider.GetRequiredService<IOptions<RedisOptions>>().Value;

        Assert.Equal("localhost", options.Connection);
        Assert.Equal(TimeSpan.FromSeconds(5), options.CommandTimeout);
    }
}
