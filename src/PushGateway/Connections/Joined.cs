using PushGateway.Fanout;
using PushGateway.Protocol;

namespace PushGateway.Connections;

/// <summary>A subscription that only lacks its reply.</summary>
/// <param name="Subscription">The subscription.</param>
/// <param name="Result">The reply.</param>
/// <param name="Position">The offset up to which the reply brings the client; null when positions do not matter to it.</param>
internal sealed record Joined(Subscription Subscription, SubscribeResult Result, ulong? Position);
