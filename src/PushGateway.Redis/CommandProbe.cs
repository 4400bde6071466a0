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

    public void Failed(string reason) => _outage = Outage.Of(_outage, reason, time);

    /// <summary>Asks once and waits for the answers, at most for the probe time-out.</summary>
    public async Task AskAsync(ConnectionMultiplexer multiplexer)
    {
        var servers = Array.FindAll(multiplexer.GetServers(), static server => server is { IsConnected: true, IsReplica: false });
        try
        {
            var roles = await Task.WhenAll(servers.Select(IsPrimaryAsync)).WaitAsync(options.ProbeTimeout, time);
            _primaries = [.. servers.Where((_, i) => roles[i]).Select(static server => server.EndPoint)];
            if (_primaries.Length > 0)
                _outage = null;
            else
                Failed(servers.Length == 0 ? "no primary is connected" : "the server has become a replica");
        }
        catch (TimeoutException)
        {
            Failed("it does not answer");
        }
        catch (RedisException e)
        {
            Failed(e is RedisServerException ? e.Message : "the connection is lost");
        }
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
