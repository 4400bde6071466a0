using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace PushGateway.Connections;

/// <summary>
/// Gives the memory of clients back to the system when most of them have left. The collector would keep it until something is allocated again, which on a node without clients may be never.
/// </summary>
/// <remarks>The collection stops everything for as long as what lives takes to be looked at: since that is little then, for some milliseconds.</remarks>
internal sealed class MemoryRelease(ConnectionRegistry connections, IOptions<PushGatewayOptions> options) : BackgroundService
{
    // Often enough for "soon", and long enough for a herd to come back first.
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    // A few megabytes: less is not worth a collection.
    private const int LeastGone = 1000;

    private const int LeastShareGone = 4;

    private int _most;

    /// <summary>How often it has.</summary>
    public int Collections { get; private set; }

    /// <summary>Looks how many have left, and collects if those are most.</summary>
    internal void Look()
    {
        var count = connections.Count;
        _most = Math.Max(_most, count);
        if (_most - count < LeastGone || count > _most / LeastShareGone)
            return;

        _most = count;
        Collections++;
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!options.Value.Connections.ReleaseMemory)
            return;

        using var timer = new PeriodicTimer(Interval, connections.Time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
                Look();
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
        }
    }
}
