using Microsoft.Extensions.Options;
using PushGateway.Brokers;
using PushGateway.Channels;
using PushGateway.Fanout;
using PushGateway.Protocol;

namespace PushGateway.Connections;

/// <summary>Takes clients into channels, and brings those that come back to the present.</summary>
internal sealed class SubscribeHandler(
    Hub hub, Recovery recovery, ChannelDirectory directory, SubscriptionGate gate, IOptions<PushGatewayOptions> options)
{
    private const SubscriptionKind ByServer = SubscriptionKind.ServerSide | SubscriptionKind.Granted;

    private readonly ConnectionOptions _limits = options.Value.Connections;

    /// <summary>Carries out a subscribe command.</summary>
    public async ValueTask SubscribeAsync(Connection connection, uint id, SubscribeRequest request)
    {
        var (entry, denied) = await gate.JudgeAsync(connection, request);
        if (denied is { } why)
        {
            why.Tell(connection, id);
            return;
        }

        var (joined, refusal) = await JoinAsync(connection, request.Channel!, request, entry.Kind, entry.Info, entry.Permit);
        if (gate.IsRevoked(connection, entry))
        {
            connection.Close(CloseReason.InvalidToken);
            return;
        }

        if (joined is not null)
        {
            // One that a back end has ended while it was made is not to be tried again by the client.
            var (subscription, result, position) = joined;
            if (request.MustRecover && !result.IsRecovered)
                refusal = TryLeave(subscription) ? ErrorResult.UnrecoverablePosition : ErrorResult.PermissionDenied;
            else if (!connection.Subscriptions.GoLive(subscription, [connection.Format.Encode(new Reply(id, result))], position))
                refusal = ErrorResult.PermissionDenied;
            else
                hub.Meters.Answered(subscription.Channel.Rules, result);
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

        var (joined, refusal) = await JoinAsync(connection, channel, request, ByServer, info);
        if (joined is null)
            return refusal;

        var format = connection.Format;
        byte[][] frames = [format.Encode(channel, joined.Result), .. joined.Result.Publications.Select(missed => format.Encode(channel, missed, PublicationForm.Plain))];
        if (!connection.Subscriptions.GoLive(joined.Subscription, frames, joined.Position))
            return ErrorResult.PermissionDenied;

        hub.Meters.Answered(joined.Subscription.Channel.Rules, joined.Result);
        return null;
    }

    /// <summary>Subscribes a client that connects to a channel that is the server's to decide: its user's own, or one that its token names.</summary>
    public ValueTask<(Joined? Joined, ErrorResult? Refusal)> JoinByServerAsync(Connection connection, string channel, ConnectRequest request, string? info)
    {
        var asked = request.Subscriptions is not null && request.Subscriptions.TryGetValue(channel, out var found) ? found : new SubscribeRequest(channel);
        return JoinAsync(connection, channel, asked, ByServer, info);
    }

    /// <summary>Why a client cannot be subscribed to a channel whatever its permissions are; null when it can.</summary>
    public ErrorResult? WhyNotByServer(Connection connection, string channel)
    {
        if (!directory.TryGetRules(channel, out _, out _) || !ChannelName.TryParse(channel, out var name, out _))
            return ErrorResult.UnknownChannel;

        return name.IsForUsers && !name.IsFor(connection.User) ? ErrorResult.PermissionDenied : null;
    }

    /// <summary>Subscribes, to the point where only the reply is missing; or says why not.</summary>
    private async ValueTask<(Joined? Joined, ErrorResult? Refusal)> JoinAsync(
        Connection connection, string channel, SubscribeRequest request, SubscriptionKind kind, string? info = null, Permit? permit = null)
    {
        var rules = directory.RulesOf(channel);
        if (rules.Delta && request.Delta == SubscribeRequest.Fossil)
            kind |= SubscriptionKind.Delta;
        if (rules.ForceJoinLeave || (rules.JoinLeave && request.WantsJoinLeave))
            kind |= SubscriptionKind.JoinLeave;
        var subscription = hub.Subscribe(connection, channel, rules, kind, out var interest, info, permit);
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
            if (request.MustRecover && !joined.Result.IsRecovered)
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
            TtlSeconds = subscription.Permit?.TtlSeconds,
        };
        return new Joined(subscription, result, position.Offset);
    }

    // The usual one is made once.
    private static SubscribeResult ToPlainResult(Subscription subscription, SubscribeRequest request)
    {
        var (usesDelta, ttl) = (UsesDelta(subscription), subscription.Permit?.TtlSeconds);
        return request.Recover || usesDelta || ttl is not null
            ? new SubscribeResult { WasRecovering = request.Recover, UsesDelta = usesDelta, TtlSeconds = ttl }
            : SubscribeResult.Instance;
    }

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
