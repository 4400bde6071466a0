using System.Globalization;

namespace PushGateway.Redis;

/// <summary>Since when something does not work, and why. The reason is the latest one, the time that of the first.</summary>
internal sealed record Outage(DateTimeOffset Since, string Reason)
{
    public static Outage Of(Outage? earlier, string reason, TimeProvider time) =>
        earlier is null ? new Outage(time.GetUtcNow(), reason) : earlier.Reason == reason ? earlier : earlier with { Reason = reason };

    /// <summary>A sentence for operators.</summary>
    /// <param name="what">What does not work.</param>
    public string Describe(string what) =>
        $"{what} since {Since.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture)}: {Reason.TrimEnd('.')}.";
}
