using PushGateway.Channels;
using PushGateway.Presence;

namespace PushGateway.IntegrationTests.Contracts;

/// <summary>The members of a channel as its changes tell them. A change that does not follow on the ones before, or tells what is known, fails the test.</summary>
internal sealed class ReplayedMembers
{
    private readonly Dictionary<string, ClientInfo> _members = new(StringComparer.Ordinal);

    public IReadOnlyCollection<ClientInfo> Members => _members.Values;

    /// <summary>Of the last change; 0 before the first.</summary>
    public long Sequence { get; private set; }

    /// <summary>Replays changes from the first of a channel on.</summary>
    public static ReplayedMembers From(IEnumerable<PresenceChange> changes)
    {
        var replayed = new ReplayedMembers();
        foreach (var change in changes)
            replayed.Take(change);
        return replayed;
    }

    public void Take(PresenceChange change)
    {
        Assert.True(change.Previous == Sequence || (change.Previous == 0 && _members.Count == 0), $"{change} does not follow on {Sequence}, with {_members.Count} members.");
        Assert.True(change.Sequence > Sequence, $"{change} is not behind {Sequence}.");
        Sequence = change.Sequence;
        if (change.Kind == PresenceChangeKind.Left)
        {
            Assert.True(_members.Remove(change.Client.Client, out var left), $"{change}, which was not there.");
            Assert.Equal(left, change.Client);
            return;
        }

        Assert.Equal(change.Kind == PresenceChangeKind.Returned, change.Replaced is not null);
        if (change.Replaced is not null)
            Assert.True(_members.Remove(change.Replaced), $"{change}, in the place of one that was not there.");
        Assert.True(_members.TryAdd(change.Client.Client, change.Client), $"{change}, which was there.");
    }
}
