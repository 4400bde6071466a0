namespace PushGateway.Channels;

/// <summary>
/// Settings of the channels of one namespace (<c>PushGateway:Namespaces:&lt;name&gt;</c>), or of the channels without a namespace
/// (<c>PushGateway:Channels</c>). What a namespace leaves unset comes from <c>PushGateway:Channels</c>.
/// </summary>
public sealed class ChannelOptions
{
    /// <summary>Which clients may subscribe. Default: <see cref="ChannelAccess.Authenticated"/>.</summary>
    public ChannelAccess? Subscribe { get; set; }

    /// <summary>Which clients may publish. Default: <see cref="ChannelAccess.Nobody"/>. Back ends publish with their key, whatever is set here.</summary>
    public ChannelAccess? Publish { get; set; }
}
