using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using PushGateway.Connections;

namespace PushGateway.Hosting;

/// <summary>How long each part of leaving takes; and sees to it that the host waits for all of it.</summary>
internal sealed class ShutdownTimes(IOptions<PushGatewayOptions> options, IHostEnvironment environment) : IPostConfigureOptions<HostOptions>
{
    // For the server, behind the drain: requests under way are answered, and the cluster is told.
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(3);

    public TimeSpan Pause => Seconds(options.Value.Shutdown.PauseSeconds, ShutdownOptions.DefaultPauseSeconds);

    public TimeSpan Drain => Seconds(options.Value.Shutdown.DrainSeconds, ShutdownOptions.DefaultDrainSeconds);

    /// <summary>How long the last connections may take to end once they were closed: the sweeper cuts them up to a second behind their deadline, and another lets it be seen.</summary>
    public TimeSpan Ending => options.Value.Connections.CloseTimeout + (2 * Sweeper.Tick);

    /// <summary>Raises the host's own limit, 30 s by default, where it would cut the drain short.</summary>
    public void PostConfigure(string? name, HostOptions host)
    {
        try
        {
            var needed = Pause + Drain + Ending + Margin;
            if (host.ShutdownTimeout != Timeout.InfiniteTimeSpan && host.ShutdownTimeout < needed)
                host.ShutdownTimeout = needed;
        }
        // The host is not even built yet. When it starts, it says what is wrong with the settings.
        catch (OptionsValidationException)
        {
        }
    }

    // Who develops is not to wait at every Ctrl+C.
    private TimeSpan Seconds(int? set, int otherwise) => TimeSpan.FromSeconds(set ?? (environment.IsDevelopment() ? 0 : otherwise));
}
