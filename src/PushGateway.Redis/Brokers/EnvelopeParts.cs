namespace PushGateway.Redis.Brokers;

/// <summary>What stands in an envelope before the payload, in this order of bits from the highest: offset, info, tags.</summary>
[Flags]
internal enum EnvelopeParts : byte
{
    None = 0,
    Tags = 1,
    Info = 2,
    Offset = 4,
    All = Tags | Info | Offset,
}
