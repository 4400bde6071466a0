using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using PushGateway.Faults;
using PushGateway.IntegrationTests.Infrastructure;
using StackExchange.Redis;

namespace PushGateway.IntegrationTests.Faults;

/// <summary>What nodes count of themselves agrees with the account of those outside, to the last one: also when connections to Redis are lost, and when a node leaves.</summary>
public sealed class MetricsAccountTests(ITestOutputHelper output)
{
    private const string Published = "publishes kept backend published", Repeated = "publishes kept backend repeated";

    [Fact]
    public async Task Nodes_and_the_accountant_agree_on_what_was_published_delivered_and_disconnected()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var redis = await RedisServer.StartPrivateAsync(cancellation);
        await using var operators = await ConnectionMultiplexer.ConnectAsync(redis.ConnectionString + ",allowAdmin=true");
        await using var leaving = Start(redis);
        await using var staying = Start(redis);
        using var countsOfLeaving = new MeterReading(leaving.Services.GetRequiredService<IMeterFactory>());
        using var countsOfStaying = new MeterReading(staying.Services.GetRequiredService<IMeterFactory>());

        Trial? finished = null;
        var options = new TrialOptions { Nodes = [staying.Address], SubscriberNodes = [leaving.Address, staying.Address], Namespace = "kept", Subscribers = 3, AttemptTimeout = TimeSpan.FromSeconds(30) };
        var account = await Scenario.RunAsync(options, output, async (trial, token) =>
        {
            finished = trial;
            // Until something was missing, and more than once.
            for (var cuts = 0; cuts < 3 || (Sum("mended_publications") == 0 && cuts < 30); cuts++)
            {
                await operators.GetDatabase().ExecuteAsync("CLIENT", "KILL", "TYPE", "pubsub");
                await trial.AdvanceAsync(30, token);
            }

            await leaving.DisposeAsync();
            await Scenario.ConnectedAgainAsync(trial.Subscribers[0], token);
        });

        Scenario.AssertNothingLost(account);
        Assert.Equal(account.Total.Acknowledged, Sum(Published) + Sum(Repeated));
        Assert.Equal(account.Total.Seen, Sum("deliveries kept") + Sum("recovered_publications kept"));
        Assert.True(Sum("mended_publications") > 0 && Sum("gaps mended") > 0);
        Assert.Equal(0, Sum("gaps lost") + Sum("gaps failed") + Sum("recoveries kept unrecovered"));

        var subscribers = finished!.Subscribers;
        Assert.Equal(subscribers.Sum(subscriber => subscriber.Events.Connections), Sum("connects"));
        Assert.Equal(subscribers.Sum(subscriber => subscriber.Events.Losses.GetValueOrDefault("3001 shutdown")), Sum("disconnects 3001"));
        await Eventually.EqualAsync(Sum("connects"), () => Sum("disconnects 3001") + Sum("disconnects gone"));
        await Eventually.EqualAsync(0, () => Sum("subscriptions kept"));

        double Sum(string name) => countsOfLeaving.Of($"pushgateway.{name}") + countsOfStaying.Of($"pushgateway.{name}");
    }

    private static GatewayNode Start(RedisServer redis) =>
        GatewayNode.Start(("PushGateway:Redis:Connection", redis.ConnectionString), ("PushGateway:Namespaces:kept:HistorySize", "10000"), ("PushGateway:Channels:Subscribe", "Anonymous"));
}
