using Microsoft.Extensions.Options;
using PushGateway.Brokers;
using PushGateway.Channels;
using PushGateway.Fanout;
using PushGateway.Protocol;
using PushGateway.Security;

namespace PushGateway.Connections;

/// <summary>Takes clients into channels, and brings those that come back to the present.</summary>
internal sealed class SubscribeHandler(Hub hub, Recovery recovery, ChannelDirectory directory, ClientPermissions permissions, IOptions<PushGatewayOptions> options)
{
    private readonly ConnectionOptions _limits = options.Value.Connections;

    /// <summary>Carries out a subscribe command.</summary>
    public async ValueTask SubscribeAsync(Connection connection, uint id, SubscribeRequest request)
    {
        if (Judge(connection, request, out var name) is { } error)
        {
            connection.Send(new Reply(id, error));
            return;
        }

        if (await TryJoinAsync(connection, name.Value, request, SubscriptionKind.None) is not { } joined)
        {
            connection.Send(new Reply(id, ErrorResult.Internal));
            return;
        }

        if (MustRecover(request) && !joined.Result.IsRecovered)
        {
            Leave(connection, joined.Subscription);
            connection.Send(new Reply(id, ErrorResult.UnrecoverablePosition));
            return;
        }

        connection.GoLive(joined.Subscription, new Reply(id, joined.Result), joined.Position);
    }

    /// <summary>Subscribes a client that connects to its user's own channel. Null when the broker is not available, or the connection closed meanwhile.</summary>
    public ValueTask<Joined?> JoinPersonalAsync(Connection connection, ConnectRequest request)
    {
        var channel = ChannelName.Personal(connection.User);
        var asked = request.Subscriptions is not null && request.Subscriptions.TryGetValue(channel, out var found) ? found : new SubscribeRequest(channel);
        return TryJoinAsync(connection, channel, asked, SubscriptionKind.ServerSide);
    }

    private static bool MustRecover(SubscribeRequest request) => request.Recover && (request.Flags & SubscribeRequest.FailWhenNotRecovered) != 0;

    private ErrorResult? Judge(Connection connection, SubscribeRequest request, out ChannelName name)
    {
        if (!ChannelName.TryParse(request.Channel, out name, out _))
            return ErrorResult.BadRequest;

        if (connection.IsSubscribed(name.Value))
            return ErrorResult.AlreadySubscribed;

        if (permissions.MaySubscribe(connection.User, name) is { } refused)
            return refused;

        if (connection.SubscriptionCount >= _limits.MaxSubscriptions)
            return ErrorResult.LimitExceeded;

        // Not served by this version: better refused than granted without effect.
        if (!string.IsNullOrEmpty(request.Token) || request.HasTagsFilter)
            return ErrorResult.NotAvailable;

        return MustRecover(request) && !directory.RulesOf(name.Value).Recovers ? ErrorResult.UnrecoverablePosition : null;
    }

    /// <summary>Subscribes, to the point where only the reply is missing. Null when the broker is not available, or the connection closed meanwhile.</summary>
    private async ValueTask<Joined?> TryJoinAsync(Connection connection, string channel, SubscribeRequest request, SubscriptionKind kind)
    {
        var rules = directory.RulesOf(channel);
        if (rules.Delta && request.Delta == SubscribeRequest.Fossil)
            kind |= SubscriptionKind.Delta;
        if (rules.ForceJoinLeave || (rules.JoinLeave && request.WantsJoinLeave))
            kind |= SubscriptionKind.JoinLeave;
        var subscription = hub.Subscribe(connection, channel, rules, kind, out var interest);
        if (!connection.TryAdd(subscription))
        {
            Hub.Unsubscribe(subscription);
            return null;
        }

        try
        {
            await interest;
            var joined = rules.History is not null && (rules.Recovers || request.IsPositioned)
                ? await CatchUpAsync(subscription, rules, request)
                : new Joined(subscription, ToPlainResult(subscription, request), Position: null);

            // Who is about to be refused has not been there.
            if (MustRecover(request) && !joined.Result.IsRecovered)
                return joined;

            return await subscription.Channel.TryEnterAsync(subscription) ? joined : null;
        }
        catch (Exception failed)
        {
            Leave(connection, subscription);
            if (failed is BrokerUnavailableException)
                return null;

            throw;
        }
    }

    private async ValueTask<Joined> CatchUpAsync(Subscription subscription, ChannelRules rules, SubscribeRequest request)
    {
        await subscription.Connection.RoomForLargeReplyAsync();
        var isRecovering = request.Recover && rules.Recovers;
        var (position, publications, isRecovered) = await recovery.CatchUpAsync(subscription.Channel, isRecovering ? request.Since : null);
        var result = new SubscribeResult
        {
            IsRecoverable = rules.Recovers,
            IsPositioned = true,
            Position = isRecovered && rules.Mode == RecoveryMode.Stream ? position with { Offset = request.Since.Offset } : position,
            Publications = publications,
            IsRecovered = isRecovered,
            WasRecovering = request.Recover,
            UsesDelta = UsesDelta(subscription),
        };
        return new Joined(subscription, result, position.Offset);
    }

    // The usual one is made once.
    private static SubscribeResult ToPlainResult(Subscription subscription, SubscribeRequest request) =>
        request.Recover || UsesDelta(subscription) ? new SubscribeResult { WasRecovering = request.Recover, UsesDelta = UsesDelta(subscription) } : SubscribeResult.Instance;

    private static bool UsesDelta(Subscription subscription) => (subscription.Kind & SubscriptionKind.Delta) != 0;

    private static void Leave(Connection connection, Subscription subscription)
    {
        if (connection.Remove(subscription.Channel.Name) is { } removed)
            Hub.Unsubscribe(removed);
    }
}
