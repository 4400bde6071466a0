namespace PushGateway.Redis.Presence;

/// <summary>All that one node has in a channel within a range of connection ids.</summary>
/// <param name="From">The first id; empty for the very first.</param>
/// <param name="To">The id behind the last; empty for none.</param>
/// <param name="Entries">The members, by rising ids, as <see cref="LedgerEntry.Write"/> gives them.</param>
internal readonly record struct MemberRange(byte[] From, byte[] To, IReadOnlyList<byte[]> Entries)
{
    /// <summary>Nothing at all.</summary>
    public static readonly MemberRange Nothing = new([], [], []);
}
