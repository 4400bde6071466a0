using System.Text;
using PushGateway.IntegrationTests.Contracts;
using PushGateway.Redis.PubSub;
using StackExchange.Redis;

namespace PushGateway.IntegrationTests.Infrastructure;

/// <summary>A real Redis Cluster: three primaries with a replica each. Tests that stop or move something leave it whole again.</summary>
public sealed class RedisClusterServers : IAsyncLifetime
{
    private const int Primaries = 3;
    private const int Slots = 16_384;

    // Short, so that a dead primary is replaced soon; yet enough for a busy machine.
    private static readonly string[] Arguments =
        ["--cluster-enabled", "yes", "--cluster-node-timeout", "1500", "--save", "", "--appendonly", "no", "--shutdown-timeout", "0", "--repl-diskless-sync-delay", "0"];

    private RedisMember[] _members = [];

    public string ConnectionString => string.Join(',', _members.Select(member => member.EndPoint));

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _members = await Task.WhenAll(Enumerable.Range(0, Primaries * 2).Select(_ => StartAsync()));
        for (var i = 0; i < _members.Length; i++)
            await _members[i].ExecuteAsync("CLUSTER", "SET-CONFIG-EPOCH", i + 1);
        for (var i = 0; i < Primaries; i++)
            await _members[i].ExecuteAsync("CLUSTER", "ADDSLOTSRANGE", Slots * i / Primaries, Slots * (i + 1) / Primaries - 1);
        foreach (var member in _members[1..])
            await _members[0].ExecuteAsync("CLUSTER", "MEET", "127.0.0.1", member.EndPoint.Port, member.BusPort);
        foreach (var member in _members)
            await Patience.UntilAsync(async () => (await NodesAsync(member)).Count(node => !node.Flags.Contains("handshake", StringComparison.Ordinal)) == _members.Length);
        for (var i = Primaries; i < _members.Length; i++)
            await _members[i].ExecuteAsync("CLUSTER", "REPLICATE", await IdOfAsync(_members[i - Primaries]));
        await UntilWholeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var member in _members)
            await member.DisposeAsync();
    }

    /// <summary>Waits until all say the same: every slot served, every primary with a replica that follows it.</summary>
    public async Task UntilWholeAsync() => await Patience.UntilAsync(async () =>
    {
        var views = new HashSet<string>();
        foreach (var member in _members)
        {
            var nodes = await NodesAsync(member);
            if (nodes.Length != _members.Length || !(await member.ExecuteAsync("CLUSTER", "INFO")).ToString().Contains("cluster_state:ok", StringComparison.Ordinal))
                return false;
            if (nodes.Any(node => node.Flags.Contains("fail", StringComparison.Ordinal)) || nodes.Count(node => node.Flags.Contains("master", StringComparison.Ordinal)) != Primaries)
                return false;
            if (nodes.Any(node => node.Flags.Contains("master", StringComparison.Ordinal) && nodes.All(other => other.Primary != node.Id)))
                return false;
            if ((await member.ExecuteAsync("ROLE"))[0].ToString() == "slave" && (await member.ExecuteAsync("ROLE"))[3].ToString() != "connected")
                return false;
            views.Add(string.Join('\n', nodes.Select(node => $"{node.Id} {node.Slots}").Order(StringComparer.Ordinal)));
        }

        return views.Count == 1;
    });

    internal Task<RedisResult[]> ExecuteOnAllAsync(params object[] command) => Task.WhenAll(_members.Select(member => member.ExecuteAsync(command)));

    /// <summary>The primary that has the slot of a key, and its replica.</summary>
    internal async Task<(RedisMember Primary, RedisMember Replica)> FindAsync(string key)
    {
        var slot = SlotOf(key);
        foreach (var member in _members)
        {
            var nodes = await NodesAsync(member);
            var own = nodes.Single(node => node.Flags.Contains("myself", StringComparison.Ordinal));
            if (own.Slots.Split(' ').Any(range => Contains(range, slot)))
                foreach (var replica in _members)
                    if (nodes.Single(node => node.Primary == own.Id).Id == await IdOfAsync(replica))
                        return (member, replica);
        }

        throw new InvalidOperationException("The slot has no owner.");
    }

    /// <summary>A primary that does not have the slot of the key.</summary>
    internal async Task<RedisMember> FindOtherAsync(string key)
    {
        var (owner, _) = await FindAsync(key);
        foreach (var member in _members)
            if (member != owner && (await member.ExecuteAsync("ROLE"))[0].ToString() == "master")
                return member;
        throw new InvalidOperationException("There is no other primary.");
    }

    /// <summary>Moves the slot of a key with all that is in it, as operators' tools do.</summary>
    /// <param name="key">A key of the slot.</param>
    /// <param name="to">The primary that is to have it.</param>
    /// <param name="meanwhile">Runs when the keys have left and the slot has not.</param>
    internal async Task MoveSlotAsync(string key, RedisMember to, Func<Task>? meanwhile = null)
    {
        var slot = SlotOf(key);
        var (from, _) = await FindAsync(key);
        await to.ExecuteAsync("CLUSTER", "SETSLOT", slot, "IMPORTING", await IdOfAsync(from));
        await from.ExecuteAsync("CLUSTER", "SETSLOT", slot, "MIGRATING", await IdOfAsync(to));
        if (meanwhile is not null)
            await meanwhile();
        while ((string[]?)await from.ExecuteAsync("CLUSTER", "GETKEYSINSLOT", slot, 100) is { Length: > 0 } keys)
            await from.ExecuteAsync(["MIGRATE", "127.0.0.1", to.EndPoint.Port, "", 0, 5000, "KEYS", .. keys]);
        if (meanwhile is not null)
            await meanwhile();
        foreach (var member in (RedisMember[])[to, from])
            await member.ExecuteAsync("CLUSTER", "SETSLOT", slot, "NODE", await IdOfAsync(to));
    }

    private static int SlotOf(string key) => HashSlot.Of(Encoding.ASCII.GetBytes(key));

    private static Task<RedisMember> StartAsync() => RedisMember.StartAsync(Arguments, hasBus: true, Cancellation);

    private static bool Contains(string range, int slot) =>
        range.Split('-') is { Length: <= 2 } ends && int.TryParse(ends[0], out var from) && int.TryParse(ends[^1], out var to) && from <= slot && slot <= to;

    private static async Task<string> IdOfAsync(RedisMember member) => (await member.ExecuteAsync("CLUSTER", "MYID")).ToString();

    private static async Task<(string Id, string Flags, string Primary, string Slots)[]> NodesAsync(RedisMember member) =>
    [
        .. (await member.ExecuteAsync("CLUSTER", "NODES")).ToString()
            .Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split(' '))
            .Select(fields => (fields[0], fields[2], fields[3], string.Join(' ', fields[8..]))),
    ];
}
