using PushGateway.Brokers;
using PushGateway.Channels;
using PushGateway.IntegrationTests.Infrastructure;
using PushGateway.Presence;

namespace PushGateway.IntegrationTests.Contracts;

/// <summary>Nodes at their places, what they should answer, and one of them, at the first place, that sees all and never ends.</summary>
internal sealed class PresenceTrial(PresenceModel model, PresenceWalk walk)
{
    public const int PlaceOfWitness = 0;

    private readonly Dictionary<string, (ReplayedMembers Members, int Count)> _replayed = [];
    private readonly HashSet<PresenceInbox> _inboxes = [];

    /// <summary>Those that are there.</summary>
    public Dictionary<int, PresenceNode> Nodes { get; } = [];

    /// <summary>A node has started.</summary>
    public async Task AddAsync(int place, PresenceNode node)
    {
        Nodes.Add(place, node);
        _inboxes.Add(node.Inbox);
        if (place == PlaceOfWitness)
            foreach (var channel in walk.Channels)
                await node.SubscribeAsync(channel);
    }

    /// <summary>All that was done is done: every answer is that of the model.</summary>
    public async Task AssertSettledAsync()
    {
        foreach (var channel in walk.Channels)
        {
            var expected = ExpectedIn(channel);
            foreach (var node in Nodes.Values)
            {
                Assert.Equal(expected, await MembersAsync(node, channel));
                Assert.Equal(Stats(expected), await node.CountAsync(channel));
                Assert.Equal(Stats(expected), (await node.ReadAsync(channel, 0)).Stats);
            }
        }

        foreach (var node in Nodes.Values)
            foreach (var user in await node.Presence.ReadUsersAsync([.. PresenceWalk.OwnersOfChannels, "nobody"], TestContext.Current.CancellationToken))
            {
                var channel = ChannelName.Personal(user.User);
                var connections = model.In(channel).Count();
                Assert.Equal((connections, connections > 0, connections == 0 && model.WasSeen(channel)), (user.Connections, user.Since is not null, user.LastSeen is not null));
            }
    }

    /// <summary>Waits until all nodes know what became of one: until then its members may be answered or not, and everybody else is, and nobody more.</summary>
    /// <param name="uncertain">Those who were members at that node.</param>
    /// <param name="away">The place whose members are not to be answered; null for none.</param>
    public async Task SettleAsync(IReadOnlyCollection<ModelMember> uncertain, int? away = null)
    {
        var clients = uncertain.Select(member => $"{member.Membership.Connection}").ToHashSet();
        var absent = model.Members.Where(member => member.Place == away).Select(member => $"{member.Membership.Connection}").ToHashSet();
        foreach (var channel in walk.Channels)
        {
            var expected = ExpectedIn(channel).Where(member => !absent.Contains(member.Client)).ToArray();
            foreach (var node in Nodes.Values)
                await Eventually.EqualAsync(TextOf(expected), async () =>
                {
                    if (await TryReadAsync(node, channel) is not { } members)
                        return "no answer";

                    Assert.All(expected.Except(members), missing => Assert.Contains(missing.Client, clients));
                    Assert.All(members.Except(expected), more => Assert.True(clients.Contains(more.Client) || more.User.StartsWith(PresenceWalk.Doomed, StringComparison.Ordinal), $"{more}"));
                    return TextOf(members);
                });
        }
    }

    /// <summary>What the witness was told amounts to the model, with nothing missing and nothing twice; and what was last told of each user is how it stands.</summary>
    public async Task AssertToldAsync()
    {
        var witness = Nodes[PlaceOfWitness];
        foreach (var channel in walk.AnnouncedChannels)
        {
            var expected = ExpectedIn(channel);
            await Eventually.EqualAsync(TextOf(expected), () => TextOf(Replay(witness, channel).OrderBy(member => member.Client, StringComparer.Ordinal)));
        }

        foreach (var user in PresenceWalk.OwnersOfChannels.Where(user => model.WasSeen(ChannelName.Personal(user))))
            await Eventually.EqualAsync(
                model.In(ChannelName.Personal(user)).Any(),
                () => _inboxes.SelectMany(inbox => inbox.AnnouncementsOf(user)).MaxBy(announcement => announcement.Version)?.User.IsOnline ?? false);
    }

    private static async Task<ClientInfo[]> MembersAsync(PresenceNode node, string channel) =>
        [.. (await node.ReadAllAsync(channel, limit: 25)).OrderBy(member => member.Client, StringComparer.Ordinal)];

    // A node that is back has to find Redis first.
    private static async Task<ClientInfo[]?> TryReadAsync(PresenceNode node, string channel)
    {
        try
        {
            return await MembersAsync(node, channel);
        }
        catch (BrokerUnavailableException)
        {
            return null;
        }
    }

    private static string TextOf(IEnumerable<ClientInfo> members) => string.Join('\n', members);

    private static PresenceStats Stats(ClientInfo[] members) => new(members.Length, members.Select(member => member.User).Distinct().Count());

    private ClientInfo[] ExpectedIn(string channel) => [.. model.In(channel).Select(member => member.ToClientInfo()).OrderBy(member => member.Client, StringComparer.Ordinal)];

    private IReadOnlyCollection<ClientInfo> Replay(PresenceNode witness, string channel)
    {
        var (members, count) = _replayed.GetValueOrDefault(channel, (new ReplayedMembers(), 0));
        foreach (var change in witness.Inbox.ChangesOf(channel).Skip(count))
        {
            members.Take(change);
            count++;
        }

        _replayed[channel] = (members, count);
        return members.Members;
    }
}
