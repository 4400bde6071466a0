using System.Collections.Frozen;
using PushGateway.Security.Authorization;

namespace PushGateway.Security.Callbacks;

/// <summary>Asks a back end over HTTP. Who may read presence and history it is not asked: these come in bursts, and a host that wants to decide about them has its own authorizer.</summary>
internal sealed class HttpAuthorizer(Callbacks callbacks) : IChannelAuthorizer
{
    private static readonly FrozenDictionary<string, string> NoHeaders = FrozenDictionary<string, string>.Empty;

    /// <summary>Whether there is an address to ask.</summary>
    public bool CanDecide(ChannelOperation operation) => CallbackFor(operation) is not null;

    public async ValueTask<ChannelDecision> AuthorizeAsync(ChannelRequest request, CancellationToken cancellationToken)
    {
        if (CallbackFor(request.Operation) is not { } callback)
            return ChannelDecision.Denied;

        return await callback.AskAsync(CallbackQuestion.Of(request), NoHeaders, cancellationToken) switch
        {
            { Result: { } allowed } => allowed,
            { Error: { } error } => new ChannelDecision { ErrorCode = error.Code, ErrorMessage = error.Message, IsTemporary = error.Temporary },
            { End: { } end } => new ChannelDecision { DisconnectCode = end.Code, DisconnectReason = end.Text },
            _ => ChannelDecision.Unavailable,
        };
    }

    private Callback<ChannelDecision>? CallbackFor(ChannelOperation operation) => operation switch
    {
        ChannelOperation.Subscribe => callbacks.Subscribe,
        ChannelOperation.Publish => callbacks.Publish,
        _ => null,
    };
}
