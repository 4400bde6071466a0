namespace PushGateway.Channels;

/// <summary>The settings in force for a channel, with nothing left unset.</summary>
internal sealed record ChannelRules(ChannelAccess Subscribe, ChannelAccess Publish)
{
    public static ChannelRules From(ChannelOptions options, ChannelOptions defaults) => new(
        options.Subscribe ?? defaults.Subscribe ?? ChannelAccess.Authenticated,
        options.Publish ?? defaults.Publish ?? ChannelAccess.Nobody);
}
