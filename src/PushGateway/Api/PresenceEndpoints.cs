using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using PushGateway.Channels;
using PushGateway.Presence;

namespace PushGateway.Api;

/// <summary>Serves who is in a channel and who is online.</summary>
internal sealed class PresenceEndpoints(IPresenceReader presence, ChannelDirectory channels, IOptions<PushGatewayOptions> options)
{
    public const string ChannelRoute = "/v1/channels/{" + RawPath.Channel + "}/presence";
    public const string StatsRoute = ChannelRoute + "/stats";
    public const string UserRoute = "/v1/users/{" + RawPath.User + "}/presence";
    public const string QueryRoute = "/v1/presence/query";

    private readonly ApiOptions _limits = options.Value.Api;
    private readonly bool _keepsUsers = options.Value.UserPresence.Enabled;

    public async Task ReadAsync(HttpContext context)
    {
        if (!RawPath.TryGetChannel(context, channels, out var channel, out var rules, out var problem))
            await problem.WriteAsync(context);
        else if (!PresenceRequest.TryRead(context.Request.Query, _limits.MaxPresencePageSize, out var query, out problem))
            await problem.WriteAsync(context);
        else if (!rules.KeepsPresence)
            await Problem.PresenceNotKept(PresenceSettings.Of(channel)).WriteAsync(context);
        else
            await ReadAsync(context, channel, query);
    }

    public async Task CountAsync(HttpContext context)
    {
        if (!RawPath.TryGetChannel(context, channels, out var channel, out var rules, out var problem))
            await problem.WriteAsync(context);
        else if (!rules.KeepsPresence)
            await Problem.PresenceNotKept(PresenceSettings.Of(channel)).WriteAsync(context);
        else
            await Answer.WriteAsync(
                context, PresenceStatsAnswer.From(channel, await presence.CountAsync(channel, context.RequestAborted)), ApiJson.Default.PresenceStatsAnswer);
    }

    public async Task ReadUserAsync(HttpContext context)
    {
        if (!RawPath.TryGetUser(context, out var user, out var problem))
            await problem.WriteAsync(context);
        else if (!_keepsUsers)
            await Problem.PresenceNotKept(PresenceSettings.OfUsers).WriteAsync(context);
        else
            await Answer.WriteAsync(
                context, UserPresenceAnswer.From((await presence.ReadUsersAsync([user], context.RequestAborted))[0]), ApiJson.Default.UserPresenceAnswer);
    }

    public async Task ReadUsersAsync(HttpContext context)
    {
        using var body = await RequestBody.ReadAsync(context.Request, _limits.MaxBodyBytes);
        var users = PresenceQueryRequest.Read(body.Bytes, _limits.MaxPresenceQueryUsers);
        if (!_keepsUsers)
            await Problem.PresenceNotKept(PresenceSettings.OfUsers).WriteAsync(context);
        else
            await Answer.WriteAsync(
                context, UserPresencesAnswer.From(await presence.ReadUsersAsync(users, context.RequestAborted)), ApiJson.Default.UserPresencesAnswer);
    }

    private async Task ReadAsync(HttpContext context, string channel, PresenceQuery query)
    {
        try
        {
            var page = await presence.ReadAsync(channel, query, context.RequestAborted);
            await Answer.WriteAsync(context, PresenceAnswer.From(channel, page), ApiJson.Default.PresenceAnswer);
        }
        catch (InvalidCursorException)
        {
            await Problem.Invalid(PresenceRequest.After, "must be the next of another page").WriteAsync(context);
        }
    }
}
