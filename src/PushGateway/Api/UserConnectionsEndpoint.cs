using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using PushGateway.Channels;
using PushGateway.Cluster;
using PushGateway.Connections;
using PushGateway.Security;

namespace PushGateway.Api;

/// <summary>Serves what a back end orders to be done with the connections of a user.</summary>
/// <remarks>None of it is cancelled when the caller hangs up: then some nodes would have done it and others not.</remarks>
internal sealed class UserConnectionsEndpoint(IUserConnections connections, ChannelDirectory channels, Audit audit, IOptions<PushGatewayOptions> options)
{
    public const string ConnectionsRoute = "/v1/users/{" + RawPath.User + "}/connections";
    public const string SubscriberRoute = "/v1/channels/{" + RawPath.Channel + "}/subscribers/{" + RawPath.User + "}";
    public const string SubscriptionsRoute = "/v1/users/{" + RawPath.User + "}/subscriptions";

    private const string Code = "code", Reason = "reason", Client = "client";

    private readonly int _maxBodyBytes = options.Value.Api.MaxBodyBytes;

    /// <summary><c>DELETE /v1/users/{user}/connections</c></summary>
    public async Task DisconnectAsync(HttpContext context)
    {
        if (!RawPath.TryGetUser(context, out var user, out var problem))
            throw new InvalidRequestException(problem);

        CheckParameters(context.Request.Query, Code, Reason, Client);
        string? code = context.Request.Query[Code], reason = context.Request.Query[Reason], client = context.Request.Query[Client];
        var number = Disconnection.ForceDisconnect;
        if (code is not null && !int.TryParse(code, NumberStyles.None, CultureInfo.InvariantCulture, out number))
            number = 0; // Refused like any other that is not allowed.
        var order = new Disconnection(user, number, reason, client);
        var reached = await CheckedAsync(connections.DisconnectAsync, order);
        audit.Ordered(ApiCaller.Of(context), order, reached);
        await Answer.WriteAsync(context, ConnectionsAnswer.From(reached), ApiJson.Default.ConnectionsAnswer);
    }

    /// <summary><c>DELETE /v1/channels/{channel}/subscribers/{user}</c></summary>
    public async Task UnsubscribeAsync(HttpContext context)
    {
        if (!RawPath.TryGetChannel(context, channels, out var channel, out _, out var problem) || !RawPath.TryGetUser(context, out var user, out problem))
            throw new InvalidRequestException(problem);

        CheckParameters(context.Request.Query, Client);
        var order = new Unsubscription(user, channel, context.Request.Query[Client]);
        var reached = await CheckedAsync(connections.UnsubscribeAsync, order);
        audit.Ordered(ApiCaller.Of(context), order, reached);
        await Answer.WriteAsync(context, SubscriptionsAnswer.From(reached), ApiJson.Default.SubscriptionsAnswer);
    }

    /// <summary><c>POST /v1/users/{user}/subscriptions</c></summary>
    public async Task SubscribeAsync(HttpContext context)
    {
        if (!RawPath.TryGetUser(context, out var user, out var problem))
            throw new InvalidRequestException(problem);

        using var body = await RequestBody.ReadAsync(context.Request, _maxBodyBytes);
        var order = SubscriptionRequest.Read(body.Bytes, user);
        var caller = ApiCaller.Of(context);
        if (channels.TryGetRules(order.Channel, out _, out _) && !caller.Reaches(order.Channel))
            throw new RefusedException(ApiRefusal.BeyondNamespaces(caller, order.Channel));

        var reached = await CheckedAsync(connections.SubscribeAsync, order);
        audit.Ordered(caller, order, reached);
        await Answer.WriteAsync(context, ConnectionsAnswer.From(reached), ApiJson.Default.ConnectionsAnswer);
    }

    // With a misspelt "client" that nobody looks at, all connections of a user would be closed in place of one.
    private static void CheckParameters(IQueryCollection query, params ReadOnlySpan<string> known)
    {
        foreach (var (name, values) in query)
        {
            if (!known.Contains(name))
                throw new InvalidRequestException(name, "is not a parameter of this request");

            if (values.Count > 1)
                throw new InvalidRequestException(name, "must be sent once");
        }
    }

    private static async ValueTask<Reached> CheckedAsync<T>(Func<T, CancellationToken, ValueTask<Reached>> give, T order)
    {
        try
        {
            return await give(order, CancellationToken.None);
        }
        catch (InvalidOrderException invalid)
        {
            throw new InvalidRequestException(invalid.Field, invalid.Why);
        }
    }
}
