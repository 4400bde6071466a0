namespace PushGateway.Server;

/// <summary>
/// Looks once a second whether the settings file has changed. Not by events of the file system: where a Secret is mounted, Kubernetes replaces a link two steps away from the file, of which no
/// event tells.
/// </summary>
internal sealed partial class SettingsFileWatch(SettingsFile file, TimeProvider time, ILogger<SettingsFileWatch> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        string? reported = null;
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                var why = file.Refresh();
                if (why is not null && why != reported)
                    Log.Unreadable(logger, why);
                reported = why;
            }
        }
        catch (OperationCanceledException)
        {
            // The node is leaving.
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "The settings stay as they were, since the file of PushGateway:SettingsFile {Why}.")]
        public static partial void Unreadable(ILogger logger, string why);
    }
}
