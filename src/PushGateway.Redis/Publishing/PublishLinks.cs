using System.Net;
using Microsoft.Extensions.Logging;
using PushGateway.Brokers;
using PushGateway.Redis.Diagnostics;
using PushGateway.Redis.PubSub;
using StackExchange.Redis;

namespace PushGateway.Redis.Publishing;

/// <summary>The connections for publishing, one to each primary. What they cannot do now is left to StackExchange.Redis.</summary>
internal sealed class PublishLinks : IAsyncDisposable
{
    // A single reading of the topology may come from a server that has not heard the news yet.
    private const int MissingBeforeRetired = 2;

    // So late is a publisher told at most, as a part of the command time-out.
    private const int TicksOfTimeout = 8;

    private readonly Lock _gate = new();
    private readonly Dictionary<EndPoint, PublishTarget> _targets_NeedsLock = [];
    private readonly Action _relocate;
    private readonly TimeSpan _tick;
    private readonly ITimer _timer;
    private volatile PublishTarget?[] _slots = [null];
    private Task _retiring_NeedsLock = Task.CompletedTask;
    private bool _isDisposed_NeedsLock;

    /// <param name="configuration">Credentials, TLS and the connect time-out.</param>
    /// <param name="limits">Times and bounds.</param>
    /// <param name="encoder">How publications are written.</param>
    /// <param name="relocate">Has the topology read again soon.</param>
    /// <param name="time">All time comes from it.</param>
    /// <param name="logger">Where connects and losses are told.</param>
    public PublishLinks(ConfigurationOptions configuration, PublishLimits limits, PublishEncoder encoder, Action relocate, TimeProvider time, ILogger logger)
    {
        Configuration = configuration;
        Limits = limits;
        Encoder = encoder;
        Time = time;
        Logger = logger;
        _relocate = relocate;
        var shortest = limits.CommandTimeout / TicksOfTimeout;
        _tick = shortest < limits.ProbeInterval ? shortest : limits.ProbeInterval;
        _timer = time.CreateTimer(static self => ((PublishLinks)self!).Tick(), this, _tick, _tick);
    }

    /// <summary>Whether every primary is published to by a connection of ours.</summary>
    public bool IsWhole => Array.TrueForAll(_slots, static target => target?.Link is { Opened.Task.IsCompletedSuccessfully: true });

    /// <summary>Those that were published on.</summary>
    public ConnectionCount Connections { get; } = new();

    internal ConfigurationOptions Configuration { get; }

    internal PublishLimits Limits { get; }

    internal PublishEncoder Encoder { get; }

    internal TimeProvider Time { get; }

    internal ILogger Logger { get; }

    /// <summary>Gives a publication to the connection to its primary. Returns null when there is none that takes it, and nothing was done then.</summary>
    /// <exception cref="BrokerUnavailableException">Too much waits for Redis already.</exception>
    public PublishOperation? TrySend(in PublishRequest request)
    {
        var slots = _slots;
        var target = slots.Length == 1 ? slots[0] : slots[PublishEncoder.SlotOf(request.Channel)];
        return target?.Link?.TrySend(in request);
    }

    /// <summary>Takes over where the primaries are.</summary>
    public void Apply(Topology topology)
    {
        lock (_gate)
        {
            if (_isDisposed_NeedsLock)
                return;
            var slots = new PublishTarget?[topology.SlotCount];
            PublishTarget? latest = null;
            for (var slot = 0; slot < slots.Length; slot++)
                if (topology[slot] is { } now)
                    slots[slot] = latest = now.Equals(latest?.EndPoint) ? latest : Find_NeedsLock(now, topology.IsCluster);
            _slots = slots;
            RetireMissing_NeedsLock(topology);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _timer.DisposeAsync();
        Task retiring;
        lock (_gate)
        {
            _isDisposed_NeedsLock = true;
            _slots = [null];
            foreach (var target in _targets_NeedsLock.Values)
                Retire_NeedsLock(target);
            retiring = _retiring_NeedsLock;
        }

        await retiring;
    }

    internal void Relocate() => _relocate();

    private PublishTarget Find_NeedsLock(EndPoint endPoint, bool isCluster)
    {
        if (!_targets_NeedsLock.TryGetValue(endPoint, out var target))
        {
            _targets_NeedsLock[endPoint] = target = new PublishTarget(this, endPoint, isCluster);
            target.Start();
        }

        return target;
    }

    private void RetireMissing_NeedsLock(Topology topology)
    {
        var primaries = topology.Primaries.ToHashSet();
        foreach (var target in _targets_NeedsLock.Values.ToArray())
        {
            target.Missing_NeedsLock = primaries.Contains(target.EndPoint) ? 0 : target.Missing_NeedsLock + 1;
            if (target.Missing_NeedsLock < MissingBeforeRetired)
                continue;
            _targets_NeedsLock.Remove(target.EndPoint);
            Retire_NeedsLock(target);
        }
    }

    private void Retire_NeedsLock(PublishTarget target) => _retiring_NeedsLock = Task.WhenAll(_retiring_NeedsLock, Task.Run(async () => await target.DisposeAsync()));

    private void Tick()
    {
        lock (_gate)
            foreach (var target in _targets_NeedsLock.Values)
                target.Link?.Tick(_tick);
    }
}
