using System.Globalization;
using PushGateway.Connections;

namespace PushGateway.Security;

/// <summary>How many notifications a key may publish a second on this node. As many as that may come at once, after a second with none.</summary>
internal sealed class PublishLimit(int perSecond, TimeProvider time)
{
    // The name of the policy is free; the window is the second that the quota is for.
    private const string Name = "\"publishes\"";

    private readonly TokenBucket _bucket = new(perSecond, perSecond, time);

    public int PerSecond { get; } = perSecond;

    /// <summary>What <c>RateLimit-Policy</c> says.</summary>
    public string Policy { get; } = string.Create(CultureInfo.InvariantCulture, $"{Name};q={perSecond};w=1");

    /// <summary>Counts a notification. False when there are too many.</summary>
    public bool TryTake() => _bucket.TryTake();

    /// <summary>What <c>RateLimit</c> says: how many more may come now, and that within a second all may.</summary>
    public string Describe() => string.Create(CultureInfo.InvariantCulture, $"{Name};r={_bucket.Count()};t=1");
}
