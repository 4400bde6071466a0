using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using PushGateway.Channels;
using PushGateway.Security.Callbacks;

namespace PushGateway.Security.Authorization;

/// <summary>Lets no node start whose channels leave a decision to somebody who is not there.</summary>
internal sealed class AuthorizerCheck(IChannelAuthorizer authorizer, IOptions<PushGatewayOptions> options) : IHostedService
{
    /// <exception cref="OptionsValidationException">Names each such setting.</exception>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        // A host's own decides about everything.
        if (authorizer is not HttpAuthorizer http)
            return Task.CompletedTask;

        List<string> wrong = [];
        Check("Channels", options.Value.Channels);
        foreach (var (name, channels) in options.Value.Namespaces)
            Check($"Namespaces:{name}", channels);
        return wrong.Count == 0 ? Task.CompletedTask : throw new OptionsValidationException(Options.DefaultName, typeof(PushGatewayOptions), wrong);

        void Check(string section, ChannelOptions channels)
        {
            CheckOne(section, nameof(channels.Subscribe), channels.Subscribe, ChannelOperation.Subscribe);
            CheckOne(section, nameof(channels.Publish), channels.Publish, ChannelOperation.Publish);
            CheckOne(section, nameof(channels.ReadPresence), channels.ReadPresence, ChannelOperation.ReadPresence);
            CheckOne(section, nameof(channels.ReadHistory), channels.ReadHistory, ChannelOperation.ReadHistory);
        }

        void CheckOne(string section, string setting, ChannelAccess? access, ChannelOperation operation)
        {
            if (access == ChannelAccess.Callback && !http.CanDecide(operation))
                wrong.Add($"PushGateway:{section}:{setting} is {nameof(ChannelAccess.Callback)}, and there is nobody to ask: {WhatToDo(operation)}.");
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private static string WhatToDo(ChannelOperation operation) => operation is ChannelOperation.Subscribe or ChannelOperation.Publish
        ? $"set PushGateway:Callbacks:{operation}, or register an {nameof(IChannelAuthorizer)} of your own"
        : $"over HTTP this is not asked, so register an {nameof(IChannelAuthorizer)} of your own";
}
