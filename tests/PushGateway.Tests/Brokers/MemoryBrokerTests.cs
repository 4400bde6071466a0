using System.Collections.Concurrent;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using PushGateway.Brokers;
using PushGateway.Brokers.Memory;
using PushGateway.Channels;

namespace PushGateway.Tests.Brokers;

/// <summary>What the contract of brokers cannot show without waiting: time, and a queue that is full.</summary>
public sealed class MemoryBrokerTests : IAsyncDisposable
{
    private static readonly HistoryLimits Limits = new(10, TimeSpan.FromHours(1), TimeSpan.FromDays(30));

    private readonly FakeTimeProvider _time = new();
    private readonly GatedListener _listener = new();
    private readonly MemoryBroker _broker;

    public MemoryBrokerTests() => _broker = new MemoryBroker(_time, NullLogger<MemoryBroker>.Instance);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        _listener.Gate.Set();
        await _broker.DisposeAsync();
        _listener.Gate.Dispose();
    }

    [Fact]
    public async Task Publications_position_and_version_go_each_in_its_time()
    {
        await StartAsync();
        await PublishAsync(new PublishOptions(Limits, Version: 5));
        _time.Advance(TimeSpan.FromMinutes(40));
        var position = (await PublishAsync(new PublishOptions(Limits))).Position!.Value;
        _time.Advance(TimeSpan.FromMinutes(40));
        Assert.Equal(2UL, Assert.Single((await ReadAsync()).Publications).Offset);
        _time.Advance(TimeSpan.FromMinutes(40));
        Assert.Empty((await ReadAsync()).Publications);
        Assert.Equal(position, (await ReadAsync()).Top);
        Assert.True((await PublishAsync(new PublishOptions(Limits, Version: 5))).IsSuperseded);

        _time.Advance(TimeSpan.FromDays(30));

        Assert.Null(Assert.Single(await _broker.GetPositionsAsync(["news"], Cancellation)));
        var next = await PublishAsync(new PublishOptions(Limits, Version: 5));
        Assert.Equal((1UL, false), (next.Position!.Value.Offset, next.IsSuperseded));
        Assert.NotEqual(position.Epoch, next.Position.Value.Epoch);
    }

    [Fact]
    public async Task A_version_without_a_history_is_forgotten_after_a_day()
    {
        await StartAsync();
        await PublishAsync(new PublishOptions(Version: 5));
        _time.Advance(TimeSpan.FromHours(23));
        Assert.True((await PublishAsync(new PublishOptions(Version: 5))).IsSuperseded);

        _time.Advance(TimeSpan.FromHours(1));

        Assert.False((await PublishAsync(new PublishOptions(Version: 5))).IsSuperseded);
    }

    [Fact]
    public async Task Publishers_wait_when_too_much_is_not_delivered_yet_and_nothing_is_numbered_for_those_who_give_up()
    {
        await StartAsync();
        await _broker.SubscribeAsync("news", Cancellation);
        var publishing = new List<Task<PublishOutcome>>();
        while (publishing.Count == 0 || publishing[^1].IsCompleted)
            publishing.Add(PublishAsync(new PublishOptions(Limits)));

        using var givesUp = new CancellationTokenSource();
        var givenUp = _broker.PublishAsync("news", new Publication("1"u8.ToArray()), new PublishOptions(Limits), givesUp.Token).AsTask();
        await givesUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => givenUp);
        Assert.Equal((ulong)publishing.Count - 1, (await ReadAsync()).Top.Offset); // Reading waits for nobody.

        _listener.Gate.Set();
        await Task.WhenAll(publishing);
        var last = await PublishAsync(new PublishOptions(Limits));
        Assert.Equal((ulong)publishing.Count + 1, last.Position!.Value.Offset);
    }

    [Fact]
    public async Task What_piles_up_behind_a_delivery_is_delivered_together()
    {
        await StartAsync();
        foreach (var channel in (string[])["first", "news", "chat"])
            await _broker.SubscribeAsync(channel, Cancellation);
        await PublishAsync(new PublishOptions(), "first");
        await Task.Run(() => SpinWait.SpinUntil(() => _listener.IsAtGate), Cancellation);
        foreach (var channel in (string[])["news", "news", "news", "chat", "news"])
            await PublishAsync(new PublishOptions(), channel);

        _listener.Gate.Set();
        await _broker.DisposeAsync();

        Assert.Equal(["first 1", "news 3", "chat 1", "news 1"], _listener.Runs);
    }

    [Fact]
    public async Task Those_who_wait_are_told_when_the_node_stops()
    {
        await StartAsync();
        await _broker.SubscribeAsync("news", Cancellation);
        var publishing = new List<Task<PublishOutcome>>();
        while (publishing.Count == 0 || publishing[^1].IsCompleted)
            publishing.Add(PublishAsync(new PublishOptions(Limits)));
        for (var i = 0; i < 10; i++)
            publishing.Add(PublishAsync(new PublishOptions(Limits)));

        Assert.Null(_broker.WhyNotReady);
        var stopping = _broker.DisposeAsync();
        Assert.NotNull(_broker.WhyNotReady);
        _listener.Gate.Set();
        await stopping;

        foreach (var waiting in publishing[^11..])
            await Assert.ThrowsAsync<BrokerUnavailableException>(() => waiting);
        await Assert.ThrowsAsync<BrokerUnavailableException>(() => PublishAsync(new PublishOptions(Limits)));
    }

    private Task StartAsync() => _broker.StartAsync(_listener, Cancellation).AsTask();

    private Task<PublishOutcome> PublishAsync(PublishOptions options, string channel = "news") =>
        _broker.PublishAsync(channel, new Publication("1"u8.ToArray()), options, Cancellation).AsTask();

    private Task<HistoryPage> ReadAsync() => _broker.ReadHistoryAsync("news", new HistoryQuery(100), Limits, Cancellation).AsTask();

    /// <summary>Takes nothing until its gate is open.</summary>
    private sealed class GatedListener : IPublicationListener
    {
        public ManualResetEventSlim Gate { get; } = new();

        public bool IsAtGate { get; private set; }

        public ConcurrentQueue<string> Runs { get; } = new();

        public void Deliver(string channel, params ReadOnlySpan<Publication> publications)
        {
            IsAtGate = true;
            Gate.Wait();
            Runs.Enqueue($"{channel} {publications.Length}");
        }

        public void Interrupted()
        {
        }

        public void Resubscribed()
        {
        }
    }
}
