using System.Net;

namespace PushGateway.Redis.PubSub;

/// <summary>Which primary has which slot. A Redis that is no cluster has one slot, for everything.</summary>
internal sealed class Topology
{
    private readonly EndPoint?[] _owners;

    private Topology(EndPoint?[] owners) => _owners = owners;

    public bool IsCluster => _owners.Length > 1;

    public int SlotCount => _owners.Length;

    /// <summary>All that own a slot.</summary>
    public IEnumerable<EndPoint> Primaries => _owners.OfType<EndPoint>().Distinct();

    /// <summary>The primary that has the slot; null while nobody has.</summary>
    public EndPoint? this[int slot] => _owners[slot];

    public static Topology Single(EndPoint primary) => new([primary]);

    public static Topology Cluster(IEnumerable<(EndPoint Primary, int From, int To)> ranges)
    {
        var owners = new EndPoint?[HashSlot.Count];
        foreach (var (primary, from, to) in ranges)
            Array.Fill(owners, primary, from, to - from + 1);
        return new Topology(owners);
    }
}
