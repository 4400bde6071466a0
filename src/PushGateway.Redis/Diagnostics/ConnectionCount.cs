namespace PushGateway.Redis.Diagnostics;

/// <summary>Counts the connections for one purpose.</summary>
internal sealed class ConnectionCount
{
    private long _opened, _closed;

    /// <summary>How many were made.</summary>
    public long Opened => Volatile.Read(ref _opened);

    /// <summary>How many of them have ended.</summary>
    public long Closed => Volatile.Read(ref _closed);

    /// <summary>How many there are now.</summary>
    public long Open => Math.Max(0, Opened - Closed);

    public void Add() => Interlocked.Increment(ref _opened);

    public void Remove() => Interlocked.Increment(ref _closed);
}
