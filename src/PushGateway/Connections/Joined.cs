using PushGateway.Fanout;
using PushGateway.Protocol;

namespace PushGateway.Connections;

/// <summary>A subscription that only lacks its reply.</summary>
/// <param name="Subscription">The subscription.</param>
/// <param name="Result">The reply.</param>
/// <param name="Position">The offset up to which the reply brings the client; null when positions do not matter to it.</param>
internal sealed record Joined(Subscription Subscription, SubscribeResult Result, ulong? Position)
{
    /// <summary>The same without what the client missed, which it is told of.</summary>
    public Joined Unrecovered() => this with
    {
        Result = Result with { IsRecovered = false, Publications = [], Position = Result.Position is { } position ? position with { Offset = Position ?? position.Offset } : null },
    };
}
