using System.Net;
using StackExchange.Redis;

namespace PushGateway.Redis;

/// <summary>
/// Asks each primary from time to time whether it still takes commands. The library alone would tell of a connection that ended, not of a Redis that is
/// silent, still loads its data, or has become a replica.
/// </summary>
internal sealed class CommandProbe(RedisOptions options, TimeProvider time)
{
    private volatile Outage? _outage = Outage.Of(null, "not connected yet", time);
    private volatile EndPoint[] _primaries = [];

    /// <summary>Null while every primary takes commands.</summary>
    public string? WhyNotReady => _outage?.Describe("Redis takes no commands");

    /// <summary>The servers that said to be primaries when they were asked last.</summary>
    public IReadOnlyList<EndPoint> Primaries => _primaries;

    public string? Reason => _outage?.Reason;

    public void Failed(string reason) => _outage = Outage.Of(_outage, reason, time);

    /// <summary>Asks once and waits for the answers, at most for the probe time-out.</summary>
    /// <param name="multiplexer">The connections.</param>
    /// <param name="expected">The primaries of a Redis Cluster, all of which are needed; null otherwise.</param>
    public async Task AskAsync(ConnectionMultiplexer multiplexer, EndPoint[]? expected)
    {
        var servers = Array.FindAll(multiplexer.GetServers(), server => server.IsConnected && (expected?.Contains(server.EndPoint) ?? !server.IsReplica));
        var arePrimaries = false;
        try
        {
            var roles = await Task.WhenAll(servers.Select(IsPrimaryAsync)).WaitAsync(options.ProbeTimeout, time);
            _primaries = [.. servers.Where((_, i) => roles[i]).Select(static server => server.EndPoint)];
            arePrimaries = _primaries.Length >= (expected?.Length ?? 1);
            if (arePrimaries)
                _outage = null;
            else if (expected is null)
                Failed(servers.Length == 0 ? "no primary is connected" : "the server has become a replica");
            else
                Failed($"{expected.Length - _primaries.Length} of {expected.Length} primaries of the cluster cannot be reached");
        }
        catch (TimeoutException)
        {
            Failed("it does not answer");
        }
        catch (RedisException e)
        {
            Failed(e is RedisServerException ? e.Message : "the connection is lost");
        }

        // The library itself looks once a minute, or when a connection fails.
        if (!arePrimaries)
            await ((Task)multiplexer.ConfigureAsync()).WaitAsync(options.ProbeTimeout, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private static async Task<bool> IsPrimaryAsync(IServer server)
    {
        try
        {
            return await server.RoleAsync() is not Role.Replica;
        }
        catch (RedisServerException e) when (e.Message.StartsWith("NOPERM", StringComparison.Ordinal))
        {
            // ROLE is more than a user of the gateway has to be allowed. It does answer, and writing to a replica fails by itself.
            return true;
        }
    }
}
