using Microsoft.Extensions.Options;
using PushGateway.Brokers;
using PushGateway.Channels;

namespace PushGateway.Fanout;

/// <summary>Finds out what a client missed. The client is among the subscribers of the channel already, so that nothing comes between what is read here and what comes live.</summary>
internal sealed class Recovery(IBroker broker, Hub hub, IOptions<PushGatewayOptions> options)
{
    private readonly int _maxPublications = options.Value.Connections.MaxRecoveredPublications;
    private readonly int _maxBytes = options.Value.Connections.MaxRecoveryBytes;

    /// <summary>Reads what a client needs.</summary>
    /// <param name="channel">A channel with a history, which the broker has confirmed to be subscribed.</param>
    /// <param name="since">Where the client was when it left; null when it comes for the first time.</param>
    /// <exception cref="BrokerUnavailableException">The history cannot be read now.</exception>
    public async ValueTask<CatchUp> CatchUpAsync(LocalChannel channel, StreamPosition? since)
    {
        await SettledAsync(channel);
        if (channel.Rules is { Recovers: true, Mode: RecoveryMode.Cache })
            return await ReadNewestAsync(channel, since);

        // Who comes for the first time, or missed nothing, needs no more than what this node knows.
        var interruptions = hub.Interruptions;
        if (channel.Stream!.TryGetCurrent(interruptions, out var current) && (since is not { } there || IsSame(there, current)))
            return new CatchUp(current, [], since is not null);

        var query = since is null ? new HistoryQuery(0) : new HistoryQuery(_maxPublications, since);
        var page = await broker.ReadHistoryAsync(channel.Name, query, channel.Rules.History!, CancellationToken.None);
        channel.Stream.Start(page, interruptions);
        var isRecovered = since is not null && page.IsContinuous && page.Last == page.Top.Offset && Fits(page.Publications);
        return new CatchUp(page.Top, isRecovered ? page.Publications : [], isRecovered);
    }

    private Task SettledAsync(LocalChannel channel)
    {
        var settled = channel.Stream!.SettledAsync(hub.Interruptions, out var begins);
        if (begins)
            hub.Mend(channel);
        return settled;
    }

    private async ValueTask<CatchUp> ReadNewestAsync(LocalChannel channel, StreamPosition? since)
    {
        var interruptions = hub.Interruptions;
        var page = await broker.ReadHistoryAsync(channel.Name, new HistoryQuery(1, Reverse: true), channel.Rules.History!, CancellationToken.None);
        channel.Stream!.Start(page, interruptions);
        if (since is { } there && IsSame(there, page.Top))
            return new CatchUp(page.Top, [], IsRecovered: true);

        var isNewest = page.Publications.Count > 0 && page.Publications[0].Offset == page.Top.Offset && Fits(page.Publications);
        return new CatchUp(page.Top, isNewest ? page.Publications : [], isNewest && since is not null);
    }

    // An empty epoch is what a client has that knows an offset from elsewhere.
    private static bool IsSame(StreamPosition client, StreamPosition top) => client.Offset == top.Offset && (client.Epoch.Length == 0 || client.Epoch == top.Epoch);

    private bool Fits(IReadOnlyList<Publication> publications)
    {
        long bytes = 0;
        for (var i = 0; i < publications.Count; i++)
            bytes += publications[i].Data.Length;
        return bytes <= _maxBytes;
    }
}
