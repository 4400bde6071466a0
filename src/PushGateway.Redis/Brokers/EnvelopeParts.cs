namespace PushGateway.Redis.Brokers;

/// <summary>What stands in an envelope before the payload, each with its bit.</summary>
[Flags]
internal enum EnvelopeParts : byte
{
    None = 0,
    Tags = 1,
    Info = 2,
    Position = 4,
    Lifetime = 8,
    CollapseKey = 16,
    ConnectionInfo = 32,
    ChannelInfo = 64,
    Extras = 128,
}
