using System.Text.Json;
using Microsoft.Extensions.Logging;
using PushGateway.Cluster;
using PushGateway.Security.Revocations;

namespace PushGateway.Redis.Cluster;

/// <summary>The nodes that share a Redis: known by their leases, asked over the control channel.</summary>
internal sealed class RedisCluster : ICluster
{
    private const string ChannelsKind = "channels";

    private static readonly OrderKind<Disconnection> Disconnect = new("disconnect", ClusterJson.Default.Disconnection, static (node, order) => new(node.Disconnect(order)));
    private static readonly OrderKind<Unsubscription> Unsubscribe = new("unsubscribe", ClusterJson.Default.Unsubscription, static (node, order) => new(node.Unsubscribe(order)));
    private static readonly OrderKind<ServerSubscription> Subscribe = new("subscribe", ClusterJson.Default.ServerSubscription, static (node, order) => node.SubscribeAsync(order));

    // On a thread of the pool: to find the connections of one token, a node looks at all it has.
    private static readonly OrderKind<Revocation> Revoke = new("revoke", ClusterJson.Default.Revocation, static (node, order) => new(Task.Run(() => node.Revoke(order))));

    private readonly RedisConnection _redis;
    private readonly Lease _lease;
    private readonly ControlChannel _control;
    private readonly SharedRevocations _revocations;
    private ILocalNode _node = null!; // Set by StartAsync, which comes before anything else.

    public RedisCluster(RedisConnection redis, Lease lease, TimeProvider time, ILogger<RedisCluster> logger)
    {
        _redis = redis;
        _lease = lease;
        _control = new ControlChannel(redis, time, logger);
        _revocations = new SharedRevocations(redis, logger);
        _control.Handle(ChannelsKind, body => new(Task.Run(() => ListChannels(body))));
        _control.Handle(Disconnect.Name, body => Disconnect.AnswerAsync(_node, body));
        _control.Handle(Unsubscribe.Name, body => Unsubscribe.AnswerAsync(_node, body));
        _control.Handle(Subscribe.Name, body => Subscribe.AnswerAsync(_node, body));
        _control.Handle(Revoke.Name, body => Revoke.AnswerAsync(_node, body));
    }

    /// <inheritdoc/>
    public async ValueTask StartAsync(ILocalNode node, CancellationToken cancellationToken)
    {
        _node = node;
        _redis.Start();

        // In this order: a node that is known must also hear what it is asked.
        await _control.StartAsync(node.Describe().Id, cancellationToken);
        await _lease.StartAsync(node);
        await _revocations.StartAsync(node);
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<NodeInfo>> GetNodesAsync(CancellationToken cancellationToken)
    {
        var nodes = await _lease.GetLiveAsync(cancellationToken);
        var local = _node.Describe();
        nodes.RemoveAll(node => node.Id == local.Id);
        nodes.Add(local);
        nodes.Sort(static (x, y) => string.CompareOrdinal(x.Id, y.Id));
        return nodes;
    }

    /// <inheritdoc/>
    public async ValueTask<ChannelPage> GetChannelsAsync(ChannelQuery query, CancellationToken cancellationToken)
    {
        var others = await GetOthersAsync(cancellationToken);

        // One more than the page holds tells whether more follow.
        var question = query with { Limit = query.Limit + 1 };
        var body = JsonSerializer.SerializeToElement(question, ClusterJson.Default.ChannelQuery);
        var answers = await _control.AskAsync(ChannelsKind, body, others, cancellationToken);
        var parts = answers.Bodies.Select(part => part.Deserialize(ClusterJson.Default.ChannelCountArray) ?? []);
        return ChannelPages.Merge(parts.Append(_node.ListChannels(question)), query.Limit, answers.SilentNodes);
    }

    /// <inheritdoc/>
    public ValueTask<Reached> DisconnectAsync(Disconnection order, CancellationToken cancellationToken) => GiveAsync(Disconnect, order, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<Reached> UnsubscribeAsync(Unsubscription order, CancellationToken cancellationToken) => GiveAsync(Unsubscribe, order, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<Reached> SubscribeAsync(ServerSubscription order, CancellationToken cancellationToken) => GiveAsync(Subscribe, order, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<Reached> RevokeAsync(Revocation revocation, CancellationToken cancellationToken)
    {
        // Kept first: a node that does not hear the order finds it in Redis.
        await _revocations.KeepAsync(revocation, cancellationToken);
        return await GiveAsync(Revoke, revocation, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _revocations.DisposeAsync();
        await _lease.DisposeAsync();
    }

    private async ValueTask<Reached> GiveAsync<T>(OrderKind<T> kind, T order, CancellationToken cancellationToken)
    {
        var others = await GetOthersAsync(cancellationToken);
        var own = CarryOutHereAsync(kind, order);
        var (bodies, silent) = await _control.AskAsync(kind.Name, kind.Write(order), others, cancellationToken);
        var parts = bodies.Select(part => part.Deserialize(ClusterJson.Default.Reached) ?? new Reached(0));
        return await own is { } reached
            ? Reached.Sum(parts.Append(reached), silent)
            : Reached.Sum(parts, [.. silent.Append(_node.Describe().Id).Order(StringComparer.Ordinal)]);
    }

    // This node is waited for as long as any other.
    private async Task<Reached?> CarryOutHereAsync<T>(OrderKind<T> kind, T order)
    {
        try
        {
            return await kind.CarryOut(_node, order).AsTask().WaitAsync(_redis.Options.ReplyTimeout, _redis.Time);
        }
        catch (TimeoutException)
        {
            return null;
        }
    }

    private async ValueTask<string[]> GetOthersAsync(CancellationToken cancellationToken)
    {
        var local = _node.Describe().Id;
        return [.. (await _lease.GetLiveAsync(cancellationToken)).Select(node => node.Id).Where(id => id != local)];
    }

    private JsonElement ListChannels(JsonElement body)
    {
        var query = body.Deserialize(ClusterJson.Default.ChannelQuery) ?? throw new JsonException("No query.");
        return JsonSerializer.SerializeToElement([.. _node.ListChannels(query)], ClusterJson.Default.ChannelCountArray);
    }
}
