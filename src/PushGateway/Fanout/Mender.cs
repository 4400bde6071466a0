using Microsoft.Extensions.Logging;
using PushGateway.Diagnostics;
using PushGateway.Brokers;
using PushGateway.Channels;

namespace PushGateway.Fanout;

/// <summary>Delivers from the history what did not come live, and where that cannot be done, has the clients subscribe again.</summary>
internal sealed partial class Mender(IBroker broker, DeliveryMeters meters, TimeProvider time, ILogger<Mender> logger) : IDisposable
{
    // With payloads at their limit, 6 MiB a read.
    private const int PageSize = 100;

    // After an outage all channels are behind at once. So many reads keep a broker busy, and no more fit in memory at the largest payloads.
    private const int MaxAtOnce = 32;

    // Less than a subscriber waits before it looks at its watch, and no load for a broker that is down.
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim _room = new(MaxAtOnce);

    /// <summary>Mends a channel whose stream is mending. Returns at once.</summary>
    /// <param name="channel">The channel.</param>
    /// <param name="interruptions">How often the broker has lost its back end, asked before each read.</param>
    public void Begin(LocalChannel channel, Func<int> interruptions) => _ = Task.Run(() => MendAsync(channel, interruptions));

    /// <inheritdoc/>
    public void Dispose() => _room.Dispose();

    private async Task MendAsync(LocalChannel channel, Func<int> interruptions)
    {
        await _room.WaitAsync();
        var delivered = 0;
        try
        {
            while (!channel.IsClosed)
            {
                try
                {
                    var (isDone, count) = await TryMendAsync(channel, interruptions());
                    delivered += count;
                    if (!isDone)
                        continue;

                    if (delivered > 0)
                        meters.Mended(delivered);
                    return;
                }
#pragma warning disable CA1031 // A stream that nobody mends any more would be silent for ever.
                catch (Exception failure)
#pragma warning restore CA1031
                {
                    channel.Stream!.Delay(failure);
                    if (failure is not BrokerUnavailableException)
                    {
                        meters.MendingFailed();
                        Log.Failed(logger, channel.Name, failure);
                        channel.BreakSubscriptions();
                    }

                    // The room is for those who can use it.
                    _room.Release();
                    await Task.Delay(RetryDelay, time);
                    await _room.WaitAsync();
                }
            }
        }
        finally
        {
            _room.Release();
        }
    }

    /// <summary>Reads and delivers one page. Done when nothing is left to mend.</summary>
    private async Task<(bool IsDone, int Delivered)> TryMendAsync(LocalChannel channel, int interruptions)
    {
        var stream = channel.Stream!;
        var limits = channel.Rules.History!;
        var position = stream.MendFrom(out var positionTime, out var live, out var isSetBack);
        var page = await broker.ReadHistoryAsync(channel.Name, new HistoryQuery(PageSize, position, SinceTime: positionTime), limits, CancellationToken.None);
        isSetBack |= page.Top.Epoch == position.Epoch && page.Top.Offset < live;
        if (isSetBack || !page.IsContinuous)
        {
            await RestartAsync(channel, position, page, isSetBack, interruptions);
            return (true, 0);
        }

        var delivered = 0;
        foreach (var publication in page.Publications)
        {
            if (channel.IsTooLateFor(publication))
                continue;

            channel.DeliverNow(publication, stream.Deliver(publication.Offset, publication.Time));
            delivered++;
        }

        stream.Advance(page);
        Log.Mended(logger, page.Publications.Count, channel.Name);
        return (page.Last >= page.Top.Offset && stream.TryEndMending(interruptions), delivered);
    }

    private async Task RestartAsync(LocalChannel channel, StreamPosition position, HistoryPage page, bool isSetBack, int interruptions)
    {
        if (page.Top.Epoch == position.Epoch && (isSetBack || await IsSetBackAsync(channel, position, page.Top)))
        {
            // Clients of other nodes hold offsets of what is gone, too, and must not take what came in its place for what follows on it.
            meters.SetBack();
            Log.SetBack(logger, channel.Name, position.Offset, page.Top.Offset);
            await broker.RenewEpochAsync(channel.Name, position.Epoch, CancellationToken.None);
            page = await broker.ReadHistoryAsync(channel.Name, new HistoryQuery(0), channel.Rules.History!, CancellationToken.None);
        }
        else
        {
            meters.Lost();
            Log.NotMended(logger, channel.Name, position.Offset, page.Top.Offset);
        }

        channel.Stream!.Restart(page, interruptions);
        channel.BreakSubscriptions();
    }

    /// <summary>Whether the history has lost what was delivered from it, other than by dropping its oldest part.</summary>
    private async Task<bool> IsSetBackAsync(LocalChannel channel, StreamPosition position, StreamPosition top)
    {
        if (top.Offset < position.Offset)
            return true;

        // Only the time of the entry at our position may be what did not fit: then without it all fits.
        var page = await broker.ReadHistoryAsync(channel.Name, new HistoryQuery(0, position), channel.Rules.History!, CancellationToken.None);
        return page.IsContinuous;
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "Channel {Channel} could not be mended; its clients subscribe again, and it is tried again.")]
        public static partial void Failed(ILogger logger, string channel, Exception failure);

        [LoggerMessage(2, LogLevel.Debug, "{Count} publications of channel {Channel} were delivered from the history.")]
        public static partial void Mended(ILogger logger, int count, string channel);

        [LoggerMessage(3, LogLevel.Warning, "Of channel {Channel}, publications behind offset {Position} are no longer in the history (top {Top}); its clients subscribe again.")]
        public static partial void NotMended(ILogger logger, string channel, ulong position, ulong top);

        [LoggerMessage(4, LogLevel.Warning, "The history of channel {Channel} was set back behind offset {Position} (top {Top}): a new epoch begins, and its clients subscribe again.")]
        public static partial void SetBack(ILogger logger, string channel, ulong position, ulong top);
    }
}
