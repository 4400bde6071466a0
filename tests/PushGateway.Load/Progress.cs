namespace PushGateway.Load;

/// <summary>A line a second about how it goes.</summary>
internal sealed class Progress(TextWriter output, Swarm swarm, Ledger ledger)
{
    private const long Interval = 1_000_000_000;

    private readonly long _begun = Clock.Now;
    private long _shown = Clock.Now, _published;

    /// <summary>Shows the next line, if it is time.</summary>
    public void Show()
    {
        var now = Clock.Now;
        if (now - _shown < Interval)
            return;

        var seconds = (now - _shown) / 1e9;
        var published = Math.Max(0, ledger.Published - _published); // Fewer when a new account has begun.
        output.WriteLine(FormattableString.Invariant(
            $"{(now - _begun) / 1e9,6:0.0} s  {swarm.Ready,7:N0} connected  {published / seconds,8:N0} posts/s  {ledger.Recent.Count / seconds,9:N0} deliveries/s  p50 {Microseconds(0.5),7:N0} µs  p99 {Microseconds(0.99),7:N0} µs  max {ledger.Recent.Max / 1000,7:N0} µs"));
        (_shown, _published) = (now, ledger.Published);
        ledger.Recent.Clear();
    }

    private long Microseconds(double share) => ledger.Recent.Quantile(share) / 1000;
}
