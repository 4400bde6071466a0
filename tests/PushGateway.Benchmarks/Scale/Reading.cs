namespace PushGateway.Benchmarks.Scale;

/// <summary>What was measured with so many clients on so many nodes. Of several nodes it is their sum.</summary>
internal sealed record Reading(int Nodes, int Clients)
{
    /// <summary>Proportional set size of the nodes.</summary>
    public double MemoryMegabytes { get; init; }

    /// <summary>CPU of the nodes while nothing is published, pings included, in a second.</summary>
    public double RestMilliseconds { get; init; }

    public double RedisMemoryMegabytes { get; init; }

    public double RedisRestMilliseconds { get; init; }

    public double RedisRestCommands { get; init; }

    public double RedisRestBytes { get; init; }

    public required PostReading ToOne { get; init; }

    public required PostReading ToAll { get; init; }
}

/// <summary>What publications cost and how late they came. What nodes and Redis use at rest is taken off.</summary>
/// <param name="Posted">What came.</param>
/// <param name="CpuMicroseconds">CPU of the nodes for one.</param>
/// <param name="RedisMicroseconds">CPU of Redis for one.</param>
/// <param name="RedisBytesOut">What Redis sent for one.</param>
internal sealed record PostReading(Posted Posted, double CpuMicroseconds, double RedisMicroseconds, double RedisBytesOut)
{
    public double CpuMicrosecondsPerDelivery => CpuMicroseconds * Posted.Count / Math.Max(1, Posted.Delivered);
}
