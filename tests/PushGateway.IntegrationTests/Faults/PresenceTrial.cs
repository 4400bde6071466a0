using PushGateway.IntegrationTests.Infrastructure;

namespace PushGateway.IntegrationTests.Faults;

/// <summary>Clients in channels of their own at nodes that fail and at nodes that do not, and at the latter those who watch them.</summary>
internal sealed class PresenceTrial : IAsyncDisposable
{
    /// <summary>The namespace that the nodes must have, with presence and join/leave.</summary>
    public const string Namespace = "room";

    // A client joins one channel after the other, many clients join at once.
    private const int ChannelsOfClient = 50;

    private const int ChannelsPolled = 5;

    // So that the pollers have seen all of them several times.
    private static readonly TimeSpan Glance = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Visit = TimeSpan.FromMilliseconds(300);

    private readonly CancellationTokenSource _ending = new();
    private readonly List<PresenceClient> _observers = [], _members = [];
    private readonly string _name;
    private readonly string[] _channels;
    private readonly HashSet<string>[] _parts;
    private Task _coming = Task.CompletedTask;
    private PresencePoller? _poller;

    private PresenceTrial(string name, int channels)
    {
        _name = name;
        _channels = [.. Enumerable.Range(0, channels).Select(i => $"{Namespace}:{name}-{i}")];
        _parts = [.. _channels.Chunk(ChannelsOfClient).Select(part => part.ToHashSet())];
    }

    /// <summary>What was written down.</summary>
    public PresenceLedger Ledger { get; } = new();

    /// <summary>How many clients were let in, those apart that come and go, and vanish.</summary>
    public int Clients { get; private set; }

    /// <summary>Lets the clients in, the observers first, and waits until all are there and were looked at.</summary>
    /// <param name="name">Tells its channels and users from those of other trials.</param>
    /// <param name="survivors">Nodes where observers sit, and where clients go whose node is lost.</param>
    /// <param name="victims">Nodes that will be out of order.</param>
    /// <param name="cancellationToken">Gives up starting.</param>
    /// <param name="channels">How many channels there are.</param>
    /// <param name="members">How many members each victim has in each; their users, but for the last, are at the survivors as well.</param>
    public static async Task<PresenceTrial> StartAsync(
        string name, NodeProcess[] survivors, NodeProcess[] victims, CancellationToken cancellationToken, int channels = 1, int members = 3)
    {
        var trial = new PresenceTrial(name, channels);
        try
        {
            await trial.EnterAsync(survivors, victims, members, cancellationToken);
            return trial;
        }
        catch
        {
            await trial.DisposeAsync();
            throw;
        }
    }

    /// <summary>Kills nodes at once, and waits until their time is over.</summary>
    public async Task KillAsync(CancellationToken cancellationToken, params NodeProcess[] nodes)
    {
        await KillAsync(nodes);
        await Task.Delay(PresenceLedger.LeftWithin, cancellationToken);
    }

    /// <summary>Kills nodes at once.</summary>
    public Task KillAsync(params NodeProcess[] nodes) => Task.WhenAll(nodes.Select(async node =>
    {
        Ledger.Dying(node.Address);
        await node.KillAsync();
        Assert.True(Ledger.Died(node.Address, PresenceLedger.GoneWithin, PresenceLedger.LeftWithin) > 0, "Who should have lost their node had none.");
    }));

    /// <summary>Clients come in by another way, which then goes nowhere without a word; waits until their time is over.</summary>
    /// <param name="way">The way, on which they are in no time and no packet gets through from then on.</param>
    /// <param name="clients">How many.</param>
    /// <param name="within">How long it may take until they are found.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public async Task VanishAsync(TcpProxy way, int clients, TimeSpan within, CancellationToken cancellationToken)
    {
        var address = new Uri($"http://{way.Address}");
        var vanishing = Enumerable.Range(0, clients).SelectMany(i => Start($"vanishing-{i}", [address])).ToArray();
        _members.AddRange(vanishing);
        await Task.WhenAll(vanishing.Select(client => client.Subscribed)).WaitAsync(cancellationToken);
        await Task.Delay(Glance, cancellationToken);
        Ledger.Dying(address);
        way.Freeze();
        Assert.Equal(clients, Ledger.Died(address, within, within));
        await Task.Delay(within, cancellationToken);
    }

    /// <summary>Something happens to a node, or with null to all, and when it is over they have some time to recover.</summary>
    public async Task DisturbAsync(NodeProcess? node, Func<Task> fault, TimeSpan backWithin, CancellationToken cancellationToken)
    {
        var from = Ledger.Now;
        await fault();
        Assert.True(Ledger.Doubted(node?.Address, from, backWithin) > 0, "Who should have sat it out was not there.");
        await Task.Delay(backWithin + (2 * Glance), cancellationToken);
    }

    /// <summary>All but the observers say goodbye; when the observers know, or nothing more comes, the account is drawn.</summary>
    public async Task<PresenceAccount> FinishAsync(CancellationToken cancellationToken)
    {
        await LeaveAsync(_members);
        var given = Ledger.Now + Patience;
        PresenceAccount account;
        while ((account = Ledger.Draw()).Lost > 0 && Ledger.Now < given)
            await Task.Delay(Glance / 4, cancellationToken);
        await Task.Delay(Glance, cancellationToken);
        return Ledger.Draw();
    }

    public async ValueTask DisposeAsync()
    {
        if (_poller is not null)
            await _poller.DisposeAsync();
        await LeaveAsync(_members);
        await Task.WhenAll(_observers.Select(observer => observer.DisposeAsync().AsTask()));
        _ending.Dispose();
    }

    private async Task EnterAsync(NodeProcess[] survivors, NodeProcess[] victims, int members, CancellationToken cancellationToken)
    {
        Uri[] refuges = [.. survivors.Select(node => node.Address)];
        foreach (var refuge in refuges)
            _observers.AddRange(Start("", [refuge], observes: true));
        await Task.WhenAll(_observers.Select(observer => observer.Subscribed)).WaitAsync(cancellationToken);

        string[] users = [.. Enumerable.Range(0, members).Select(i => $"{_name}-{i}")];
        foreach (var victim in victims)
            foreach (var user in users)
                _members.AddRange(Start(user, [victim.Address, .. refuges]));
        foreach (var (i, user) in users.Index().SkipLast(1))
            _members.AddRange(Start(user, [refuges[i % refuges.Length], .. refuges]));
        await Task.WhenAll(_members.Select(member => member.Subscribed)).WaitAsync(cancellationToken);
        Clients = _observers.Count + _members.Count;
        if (victims.Length > 0 && _parts.Length == 1)
            _coming = Task.WhenAll(refuges.Select(ComeAndGoAsync));

        _poller = new PresencePoller([.. survivors, .. victims], [.. _channels.Take(ChannelsPolled)], users, Ledger);
        await Task.Delay(Glance, cancellationToken);
    }

    // One client for each part of the channels.
    private IEnumerable<PresenceClient> Start(string user, Uri[] nodes, bool observes = false) =>
        _parts.Select(part => PresenceClient.Start(user, nodes, part, Ledger, observes));

    private async Task ComeAndGoAsync(Uri node)
    {
        while (!_ending.IsCancellationRequested)
        {
            var guest = PresenceClient.Start($"{_name}-guest", [node], _parts[0], Ledger);
            await Task.WhenAny(guest.Subscribed, Task.Delay(Timeout.Infinite, _ending.Token));
            await guest.DisposeAsync();
            await Task.WhenAny(Task.Delay(Visit, _ending.Token)); // Ends when all leave, too.
        }
    }

    private async Task LeaveAsync(List<PresenceClient> members)
    {
        await _ending.CancelAsync();
        await _coming;
        await Task.WhenAll(members.Select(member => member.DisposeAsync().AsTask()));
        members.Clear();
    }
}
