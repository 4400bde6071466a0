namespace PushGateway.Redis.PubSub;

/// <summary>How long to wait before the next attempt: doubling, with half of it left to chance so that nodes do not return in step.</summary>
internal sealed class Backoff(TimeSpan first, TimeSpan longest)
{
    private int _attempts;

    public void Reset() => _attempts = 0;

    public TimeSpan Next()
    {
        var bound = first * Math.Pow(2, _attempts);
        if (bound < longest)
            _attempts++;
        else
            bound = longest;
        return bound * (0.5 + Random.Shared.NextDouble() / 2);
    }
}
