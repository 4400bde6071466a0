using PushGateway.Security.Authorization;

namespace Shop;

/// <summary>Customers may watch their own orders.</summary>
internal sealed class OrderChannels(Orders orders) : IChannelAuthorizer
{
    public ValueTask<ChannelDecision> AuthorizeAsync(ChannelRequest request, CancellationToken cancellationToken) => ValueTask.FromResult(
        request.Operation == ChannelOperation.Subscribe && orders.IsOf(request.User, request.Channel) ? ChannelDecision.Allowed : ChannelDecision.Denied);
}
