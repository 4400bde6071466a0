using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using PushGateway.Channels;
using PushGateway.Protocol;

namespace PushGateway.Security;

/// <summary>What clients may do. Answers null for yes, and otherwise the error to reply with.</summary>
internal sealed class ClientPermissions(ChannelDirectory channels, IOptions<PushGatewayOptions> options, IHostEnvironment environment)
{
    private readonly bool _allowAnonymous = options.Value.Security.AllowAnonymous ?? environment.IsDevelopment();

    public bool MayConnect(string user) => _allowAnonymous || user.Length > 0;

    public ErrorResult? MaySubscribe(string user, in ChannelName channel)
    {
        if (!channels.TryGetRules(channel, out var rules))
            return ErrorResult.UnknownChannel;

        if (channel.IsPersonal)
            return channel.IsFor(user) ? null : ErrorResult.PermissionDenied;

        return IsAllowed(rules.Subscribe, user, channel);
    }

    public ErrorResult? MayPublish(string user, in ChannelName channel)
    {
        if (!channels.TryGetRules(channel, out var rules))
            return ErrorResult.UnknownChannel;

        // A user's own channel is how back ends speak to the user. No setting opens it to clients.
        return channel.IsPersonal ? ErrorResult.PermissionDenied : IsAllowed(rules.Publish, user, channel);
    }

    private static ErrorResult? IsAllowed(ChannelAccess access, string user, in ChannelName channel)
    {
        var allowed = access switch
        {
            ChannelAccess.Anonymous => true,
            ChannelAccess.Authenticated => user.Length > 0,
            _ => false,
        };
        return allowed && (!channel.IsForUsers || channel.IsFor(user)) ? null : ErrorResult.PermissionDenied;
    }
}
