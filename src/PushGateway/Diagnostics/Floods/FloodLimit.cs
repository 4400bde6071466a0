using PushGateway.Hosting;

namespace PushGateway.Diagnostics.Floods;

/// <summary>How many events of one kind are logged a second. The default until the settings are read: what reads them may log itself.</summary>
internal sealed class FloodLimit
{
    private volatile int _perSecond = LogOptions.DefaultMaxEventsPerSecond;

    /// <summary>0 for no limit.</summary>
    public int PerSecond
    {
        get => _perSecond;
        set => _perSecond = value;
    }
}
