using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using PushGateway.Brokers.Memory;

namespace PushGateway.IntegrationTests.Contracts;

/// <summary>Whatever clients do, and at once, the node's answers and what it tells are those of a simple model.</summary>
public sealed class MemoryPresenceModelTests
{
    private const int Bursts = 200;

    public static TheoryData<int> Seeds { get; } = [.. Enumerable.Range(1, 10)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task Answers_and_changes_are_those_of_the_model(int seed)
    {
        var random = new Random(seed);
        var time = new FakeTimeProvider();
        var broker = new MemoryBroker(time, NullLogger<MemoryBroker>.Instance);
        await using var node = new PresenceNode("a", broker, new SingleNode(), new MemoryPresence(broker, time, NullLogger<MemoryPresence>.Instance));
        var model = new PresenceModel();
        var walk = new PresenceWalk(random, model, TimeSpan.FromSeconds(10));
        var trial = new PresenceTrial(model, walk);
        await node.StartAsync();
        await trial.AddAsync(PresenceTrial.PlaceOfWitness, node);

        for (var burst = 0; burst < Bursts; burst++)
        {
            walk.Plan(random.Next(10), trial.Nodes, time.GetUtcNow());
            await walk.DoAsync();
            time.Advance(TimeSpan.FromMilliseconds(random.Next(4_000)));
            model.Expire(time.GetUtcNow());

            await trial.AssertSettledAsync();
            if (burst % 8 == 7)
                await trial.AssertToldAsync(); // What is told comes a moment later, so that this takes longer than all the rest.
        }
    }
}
