using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using PushGateway.Brokers;
using PushGateway.Channels;

namespace PushGateway.Fanout;

/// <summary>
/// Compares the positions of the local channels with the broker's: a channel that lost its last publication would otherwise notice only with the next. Each channel has its turn once an
/// interval, all of them one after the other; after an interruption all at once.
/// </summary>
internal sealed partial class PositionCheck(Hub hub, IBroker broker, TimeProvider time, IOptions<PushGatewayOptions> options, ILogger<PositionCheck> logger) : BackgroundService
{
    // One question to the broker. Large enough to make the round trip cheap, small enough not to hold others up.
    private const int BatchSize = 500;

    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);

    private readonly TimeSpan _interval = options.Value.Connections.PositionCheckInterval;
    private LocalChannel[] _round = [];
    private TimeSpan _elapsed;
    private int _checked, _resubscriptions;

    /// <summary>Checks the channels whose turn it is in this second.</summary>
    internal async Task TurnAsync(CancellationToken cancellationToken)
    {
        var resubscriptions = hub.Resubscriptions;
        if (resubscriptions != _resubscriptions)
        {
            await CheckAsync(hub.ChannelsWithStream(), cancellationToken);
            _resubscriptions = resubscriptions; // Only now: a check that failed is made again.
            return;
        }

        if (_elapsed >= _interval || _elapsed == TimeSpan.Zero)
            (_round, _checked, _elapsed) = (hub.ChannelsWithStream(), 0, TimeSpan.Zero);
        _elapsed += Tick;
        var until = (int)Math.Ceiling(_round.Length * Math.Min(1, _elapsed / _interval));
        var turn = _round[_checked..until];
        _checked = until;
        await CheckAsync(turn, cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Tick, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                try
                {
                    await TurnAsync(stoppingToken);
                }
                catch (BrokerUnavailableException)
                {
                    // Then there is nothing to compare with; the next second tries again.
                }
#pragma warning disable CA1031 // Nothing that happens in one second may end all that follow.
                catch (Exception failure) when (failure is not OperationCanceledException)
#pragma warning restore CA1031
                {
                    Log.Failed(logger, failure);
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
        }
    }

    private async Task CheckAsync(LocalChannel[] channels, CancellationToken cancellationToken)
    {
        foreach (var batch in channels.Chunk(BatchSize))
        {
            var resting = new List<(LocalChannel Channel, StreamPosition Position)>(batch.Length);
            foreach (var channel in batch)
                if (!channel.IsClosed && channel.Stream!.TryGetResting(out var position))
                    resting.Add((channel, position));

            var tops = await broker.GetPositionsAsync(resting.ConvertAll(entry => entry.Channel.Name), cancellationToken);
            for (var i = 0; i < resting.Count; i++)
                if (resting[i].Channel.Stream!.TryBeginMending(resting[i].Position, tops[i]))
                    hub.Mend(resting[i].Channel);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "A check of positions failed.")]
        public static partial void Failed(ILogger logger, Exception failure);
    }
}
