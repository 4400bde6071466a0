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

        var (joined, refusal) = await JoinAsync(connection, name.Value, request, SubscriptionKind.None);
        if (joined is not null)
        {
            // One that a back end has ended while it was made is not to be tried again by the client.
            var (subscription, result, position) = joined;
            if (MustRecover(request) && !result.IsRecovered)
                refusal = TryLeave(subscription) ? ErrorResult.UnrecoverablePosition : ErrorResult.PermissionDenied;
            else if (!connection.Subscriptions.GoLive(subscription, [connection.Format.Encode(new Reply(id, result))], position))
                refusal = ErrorResult.PermissionDenied;
        }

        if (refusal is not null)
            connection.Send(new Reply(id, refusal));
    }

    /// <summary>
    /// Subscribes a client by the will of a back end, once its session is open, and tells it: what the reply to a subscribe command says stands in a push, and what the client missed in
    /// publications behind it. Null when that is done, otherwise why not.
    /// </summary>
    public async Task<ErrorResult?> SubscribeByServerAsync(Connection connection, SubscribeRequest request, string? info)
    {
        var channel = request.Channel!;
        await connection.SessionBegunAsync();
        if (connection.Subscriptions.Contains(channel))
            return ErrorResult.AlreadySubscribed;

        var (joined, refusal) = await JoinAsync(connection, channel, request, SubscriptionKind.ServerSide, info);
        if (joined is null)
            return refusal;

        var format = connection.Format;
        byte[][] frames = [format.Encode(channel, joined.Result), .. joined.Result.Publications.Select(missed => format.Encode(channel, missed, PublicationForm.Plain))];
        return connection.Subscriptions.GoLive(joined.Subscription, frames, joined.Position) ? null : ErrorResult.PermissionDenied;
    }

    /// <summary>Subscribes a client that connects to its user's own channel. Null when the broker is not available, or the connection closed meanwhile.</summary>
    public async ValueTask<Joined?> JoinPersonalAsync(Connection connection, ConnectRequest request)
    {
        var channel = ChannelName.Personal(connection.User);
        var asked = request.Subscriptions is not null && request.Subscriptions.TryGetValue(channel, out var found) ? found : new SubscribeRequest(channel);
        return (await JoinAsync(connection, channel, asked, SubscriptionKind.ServerSide)).Joined;
    }

    private static bool MustRecover(SubscribeRequest request) => request.Recover && (request.Flags & SubscribeRequest.FailWhenNotRecovered) != 0;

    private ErrorResult? Judge(Connection connection, SubscribeRequest request, out ChannelName name)
    {
        if (!ChannelName.TryParse(request.Channel, out name, out _))
            return ErrorResult.BadRequest;

        if (connection.Subscriptions.Contains(name.Value))
            return ErrorResult.AlreadySubscribed;

        if (permissions.MaySubscribe(connection.User, name) is { } refused)
            return refused;

        if (connection.Subscriptions.Count >= _limits.MaxSubscriptions)
            return ErrorResult.LimitExceeded;

        // Not served by this version: better refused than granted without effect.
        if (!string.IsNullOrEmpty(request.Token) || request.HasTagsFilter)
            return ErrorResult.NotAvailable;

        return MustRecover(request) && !directory.RulesOf(name.Value).Recovers ? ErrorResult.UnrecoverablePosition : null;
    }

    /// <summary>Subscribes, to the point where only the reply is missing; or says why not.</summary>
    private async ValueTask<(Joined? Joined, ErrorResult? Refusal)> JoinAsync(
        Connection connection, string channel, SubscribeRequest request, SubscriptionKind kind, string? info = null)
    {
        var rules = directory.RulesOf(channel);
        if (rules.Delta && request.Delta == SubscribeRequest.Fossil)
            kind |= SubscriptionKind.Delta;
        if (rules.ForceJoinLeave || (rules.JoinLeave && request.WantsJoinLeave))
            kind |= SubscriptionKind.JoinLeave;
        var subscription = hub.Subscribe(connection, channel, rules, kind, out var interest, info);
        if (connection.Subscriptions.Add(subscription, _limits.MaxSubscriptions) is { } refusal)
        {
            Hub.Unsubscribe(subscription);
            return (null, refusal);
        }

        try
        {
            await interest;
            var joined = rules.History is not null && (rules.Recovers || request.IsPositioned)
                ? await CatchUpAsync(subscription, rules, request)
                : new Joined(subscription, ToPlainResult(subscription, request), Position: null);

            // Who is about to be refused has not been there.
            if (MustRecover(request) && !joined.Result.IsRecovered)
                return (joined, null);

            return await subscription.Channel.TryEnterAsync(subscription) ? (joined, null) : (null, ErrorResult.PermissionDenied);
        }
        catch (Exception failed)
        {
            var wasThere = TryLeave(subscription);
            if (failed is BrokerUnavailableException)
                return (null, wasThere ? ErrorResult.Internal : ErrorResult.PermissionDenied);

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

    // False when it has ended by itself: its connection is closing, or a back end has ended it.
    private static bool TryLeave(Subscription subscription)
    {
        if (!subscription.Connection.Subscriptions.Remove(subscription))
            return false;

        Hub.Unsubscribe(subscription);
        return true;
    }
}
