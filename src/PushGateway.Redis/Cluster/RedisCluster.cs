using System.Text.Json;
using Microsoft.Extensions.Logging;
using PushGateway.Cluster;

namespace PushGateway.Redis.Cluster;

/// <summary>The nodes that share a Redis: known by their leases, asked over the control channel.</summary>
internal sealed class RedisCluster : ICluster
{
    private const string ChannelsKind = "channels";

    private readonly RedisConnection _redis;
    private readonly NodeLease _lease;
    private readonly ControlChannel _control;
    private ILocalNode _node = null!; // Set by StartAsync, which comes before anything else.

    public RedisCluster(RedisConnection redis, TimeProvider time, ILogger<RedisCluster> logger)
    {
        _redis = redis;
        _lease = new NodeLease(redis, logger);
        _control = new ControlChannel(redis, time, logger);
        _control.Handle(ChannelsKind, ListChannels);
    }

    /// <inheritdoc/>
    public async ValueTask StartAsync(ILocalNode node, CancellationToken cancellationToken)
    {
        _node = node;
        _redis.Start();

        // In this order: a node that is known must also hear what it is asked.
        await _control.StartAsync(node.Describe().Id, cancellationToken);
        await _lease.StartAsync(node);
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
        var local = _node.Describe().Id;
        var others = (await _lease.GetLiveAsync(cancellationToken)).Select(node => node.Id).Where(id => id != local).ToArray();

        // One more than the page holds tells whether more follow.
        var question = query with { Limit = query.Limit + 1 };
        var body = JsonSerializer.SerializeToElement(question, ClusterJson.Default.ChannelQuery);
        var answers = await _control.AskAsync(ChannelsKind, body, others, cancellationToken);
        var parts = answers.Bodies.Select(part => part.Deserialize(ClusterJson.Default.ChannelCountArray) ?? []);
        return ChannelPages.Merge(parts.Append(_node.ListChannels(question)), query.Limit, answers.SilentNodes);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _lease.DisposeAsync();

    private JsonElement ListChannels(JsonElement body)
    {
        var query = body.Deserialize(ClusterJson.Default.ChannelQuery) ?? throw new JsonException("No query.");
        return JsonSerializer.SerializeToElement([.. _node.ListChannels(query)], ClusterJson.Default.ChannelCountArray);
    }
}
