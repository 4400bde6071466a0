namespace PushGateway.IntegrationTests.Infrastructure;

/// <summary>How redis-server is to run.</summary>
/// <param name="Arguments">Its arguments, each option with its leading dashes.</param>
/// <param name="IsMember">Servers find each other at the addresses that clients use: it listens at them itself, without a mapping of ports.</param>
/// <param name="IsSentinel">It runs as a Sentinel, with a configuration of its own to write to.</param>
internal sealed record RedisProgram(string[] Arguments, bool IsMember = false, bool IsSentinel = false)
{
    /// <summary>Files that its arguments name without a folder.</summary>
    public IReadOnlyDictionary<string, string> Files { get; init; } = new Dictionary<string, string>();
}
