using System.Collections;
using System.Net;

namespace PushGateway.Redis.PubSub;

/// <summary>
/// Which primary each topic is asked for at. All members are guarded by the subscriber's lock.
/// </summary>
/// <remarks>
/// A slot leaves a primary that is connected only when that connection itself says so, behind the last message of the slot. So no message of
/// one channel comes from two primaries at a time, and none overtakes another.
/// </remarks>
internal sealed class ShardMap(Subscriber subscriber)
{
    // A single reading may come from a server that has not heard the news yet.
    private const int MissingBeforeRetired = 2;

    private readonly Dictionary<EndPoint, Shard> _shards = [];
    private readonly HashSet<Topic> _homeless = [];
    private Shard?[] _slots = [null];
    private bool _received;

    public IEnumerable<Shard> Shards_NeedsLock => _shards.Values;

    /// <summary>Sends a request to where its topic is; without such a place a topic waits for one.</summary>
    public void Ask_NeedsLock(Request request)
    {
        var topic = new Topic(request.Space!, request.Name);
        var shard = _slots[SlotOf(topic)];
        if (shard?.Link_NeedsLock is { } link)
            link.Ask_NeedsLock(request);
        else if (request.Kind is RequestKind.Unsubscribe)
            request.Waiter?.TrySetResult();
        else if (shard is null)
            _homeless.Add(topic);
    }

    /// <summary>A topic is not wanted any more. Returns whether nobody was asked for it, so that no answer will come.</summary>
    public bool Forget_NeedsLock(Topic topic) => _homeless.Remove(topic) || _slots[SlotOf(topic)]?.Link_NeedsLock is null;

    /// <summary>Asks on a new connection for all that is wanted from its primary.</summary>
    public void Attach_NeedsLock(Shard shard, SubscriberLink link)
    {
        // What was read of histories since the last connection ended is not to be trusted, and what this one brings comes before it is known that all is subscribed.
        subscriber.Interrupt_NeedsLock();
        Restore_NeedsLock(link, subscriber.Wanted_NeedsLock().Where(wanted => _slots[SlotOf(wanted.Topic)] == shard), link.Restored);
    }

    /// <summary>A primary said that a topic is no longer at it.</summary>
    /// <param name="shard">The primary.</param>
    /// <param name="topic">The topic, which is still wanted.</param>
    /// <param name="now">Where it is instead, as far as the primary said.</param>
    public void Moved_NeedsLock(Shard shard, Topic topic, EndPoint? now)
    {
        if (topic.Space.Wanted_NeedsLock[topic.Name] is null)
            subscriber.Interrupt_NeedsLock();
        ref var owner = ref _slots[SlotOf(topic)];
        if (owner == shard)
            owner = now is null ? null : _shards.GetValueOrDefault(now);
        _homeless.Add(topic);
        subscriber.Refresh();
    }

    /// <summary>Asks for a topic again when the topology was read the next time.</summary>
    public void Retry_NeedsLock(Topic topic) => _homeless.Add(topic);

    /// <summary>Takes over what was read; returns whether every topic has a place.</summary>
    public bool Apply_NeedsLock(Topology topology)
    {
        if (topology.SlotCount != _slots.Length)
            _slots = new Shard?[topology.SlotCount];

        var served = true;
        BitArray? moved = null;
        for (var slot = 0; slot < _slots.Length; slot++)
        {
            ref var owner = ref _slots[slot];
            if (topology[slot] is { } now && owner?.Link_NeedsLock is null && (owner is not { IsRetired_NeedsLock: false } || !owner.EndPoint.Equals(now)))
            {
                owner = Find_NeedsLock(now, topology.IsCluster);

                // One that is still to connect will be asked for all that is wanted from it.
                if (owner.Link_NeedsLock is not null)
                    (moved ??= new BitArray(_slots.Length))[slot] = true;
            }

            served &= owner is not null;
        }

        if (moved is not null)
            foreach (var (topic, _) in subscriber.Wanted_NeedsLock())
                if (moved[SlotOf(topic)])
                    _homeless.Add(topic);
        SettleHomeless_NeedsLock();
        RetireMissing_NeedsLock(topology);
        return served && _homeless.Count == 0;
    }

    public int SlotOf(Topic topic) => _slots.Length == 1 ? 0 : topic.Space.SlotOf(topic.Name);

    private Shard Find_NeedsLock(EndPoint endPoint, bool isCluster)
    {
        if (!_shards.TryGetValue(endPoint, out var shard))
        {
            _shards[endPoint] = shard = new Shard(subscriber, endPoint, isCluster);
            shard.Start();
        }

        return shard;
    }

    private void SettleHomeless_NeedsLock()
    {
        // What is at a primary without a connection is asked for when there is one.
        foreach (var topics in _homeless.Where(topic => _slots[SlotOf(topic)] is not null).GroupBy(topic => _slots[SlotOf(topic)]!).ToArray())
        {
            if (topics.Key.Link_NeedsLock is { } link)
                Restore_NeedsLock(link, topics.Select(static topic => (topic, topic.Space.Wanted_NeedsLock[topic.Name])), new Waiter());
            _homeless.ExceptWith(topics);
        }
    }

    /// <summary>Asks first for what somebody waits for, then for what was received before.</summary>
    private void Restore_NeedsLock(SubscriberLink link, IEnumerable<(Topic Topic, Waiter? Waiter)> topics, Waiter restored)
    {
        var unawaited = new List<Topic>();
        foreach (var (topic, waiter) in topics)
        {
            if (waiter is null)
                unawaited.Add(topic);
            else
                link.Ask_NeedsLock(new Request(RequestKind.Subscribe, topic.Space, topic.Name, waiter));
        }

        link.Restore_NeedsLock(unawaited, restored);
        if (_received && unawaited.Count > 0)
            _ = subscriber.AnnounceAsync(restored);
        _received = true;
    }

    private void RetireMissing_NeedsLock(Topology topology)
    {
        var primaries = topology.Primaries.ToHashSet();
        foreach (var shard in _shards.Values.ToArray())
        {
            shard.Missing_NeedsLock = primaries.Contains(shard.EndPoint) ? 0 : shard.Missing_NeedsLock + 1;
            if (shard.Missing_NeedsLock < MissingBeforeRetired)
                continue;
            shard.IsRetired_NeedsLock = true;
            _shards.Remove(shard.EndPoint);
            subscriber.Retire_NeedsLock(shard);
        }
    }
}
