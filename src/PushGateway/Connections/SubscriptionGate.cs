using System.Text;
using Microsoft.Extensions.Options;
using PushGateway.Channels;
using PushGateway.Fanout;
using PushGateway.Notifications;
using PushGateway.Protocol;
using PushGateway.Security;
using PushGateway.Security.Authorization;
using PushGateway.Security.Tokens;

namespace PushGateway.Connections;

/// <summary>Decides whether a client may subscribe, and as what it comes in.</summary>
internal sealed class SubscriptionGate(
    ChannelDirectory directory, ClientPermissions permissions, ClientCredentials credentials, ConnectionRegistry registry, IOptions<PushGatewayOptions> options)
{
    private readonly ConnectionOptions _limits = options.Value.Connections;

    /// <summary>As what a client comes in.</summary>
    /// <param name="Kind">How its subscription differs from others.</param>
    /// <param name="Info">What others may know of it in the channel; null for nothing.</param>
    /// <param name="Permit">What let it in; null where that is its being who it is.</param>
    public readonly record struct Entry(SubscriptionKind Kind, string? Info, Permit? Permit);

    /// <summary>Decides about a subscribe command.</summary>
    public async ValueTask<(Entry Entry, Refusal? Refusal)> JudgeAsync(Connection connection, SubscribeRequest request)
    {
        if (Judge(connection, request, out var name) is { } error)
            return (default, error);

        SubscriptionGrant? grant = null;
        if (!string.IsNullOrEmpty(request.Token))
        {
            (grant, var defect) = await credentials.JudgeAsync(connection, name, request.Token);
            if (grant is null)
                return (default, defect);
        }

        var (refusal, decision) = await permissions.JudgeAsync(ChannelOperation.Subscribe, connection, name, hasToken: grant is not null, request.Data);
        return refusal is not null ? (default, refusal) : (ToEntry(connection, grant, decision), null);
    }

    /// <summary>See <see cref="ClientCredentials.IsRevoked"/>.</summary>
    public bool IsRevoked(Connection connection, in Entry entry) => credentials.IsRevoked(connection, entry.Permit);

    private ErrorResult? Judge(Connection connection, SubscribeRequest request, out ChannelName name)
    {
        if (!ChannelName.TryParse(request.Channel, out name, out _))
            return ErrorResult.BadRequest;

        if (connection.Subscriptions.Contains(name.Value))
            return ErrorResult.AlreadySubscribed;

        if (!directory.TryGetRules(name, out var rules))
            return ErrorResult.UnknownChannel;

        if (connection.Subscriptions.Count >= _limits.MaxSubscriptions)
            return ErrorResult.LimitExceeded;

        // Not served by this version: better refused than granted without effect.
        if (request.HasTagsFilter)
            return ErrorResult.NotAvailable;

        return request.MustRecover && !rules.Recovers ? ErrorResult.UnrecoverablePosition : null;
    }

    // Where both have a say, the subscription ends with the first of them.
    private Entry ToEntry(Connection connection, SubscriptionGrant? grant, ChannelDecision? decision)
    {
        var info = grant?.Info ?? Usable(decision?.Info);
        var kind = grant is null ? SubscriptionKind.None : SubscriptionKind.Granted;
        if (decision?.ExpiresAt is { } end && (grant?.ExpiresAt is not { } other || end < other))
            return new Entry(kind, info, new Permit(connection, registry, grant?.Stamp ?? new TokenStamp(end, registry.Time.GetUtcNow()), end, isRefreshable: false));

        return new Entry(kind, info, grant is null ? null : new Permit(connection, registry, grant.Stamp, grant.ExpiresAt, isRefreshable: true));
    }

    private string? Usable(string? info)
    {
        if (info is null)
            return null;

        ReadOnlyMemory<byte> json = Encoding.UTF8.GetBytes(info);
        return json.Length <= _limits.MaxInfoBytes && JsonPayload.IsOneValue(json.Span)
            ? Encoding.UTF8.GetString(JsonPayload.OnOneLine(json).Span)
            : throw new InvalidOperationException($"What the authorizer says of a client is not JSON of at most {_limits.MaxInfoBytes} bytes.");
    }
}
