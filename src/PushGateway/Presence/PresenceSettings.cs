using PushGateway.Channels;

namespace PushGateway.Presence;

/// <summary>What to set where presence is asked for and not kept, in words.</summary>
internal static class PresenceSettings
{
    private const string UserPresence = $"{PushGatewayOptions.Section}:{nameof(PushGatewayOptions.UserPresence)}:{nameof(UserPresenceOptions.Enabled)}";

    /// <summary>For users.</summary>
    public const string OfUsers = $"Set {UserPresence}.";

    /// <summary>For a channel.</summary>
    public static string Of(string channel) => !ChannelName.TryParse(channel, out var name, out _) ? ""
        : name.IsPersonal ? $"Set {UserPresence} or {Presence(nameof(PushGatewayOptions.UserChannels))}."
        : name.Namespace.IsEmpty ? $"Set {Presence(nameof(PushGatewayOptions.Channels))}."
        : $"Set {Presence($"{nameof(PushGatewayOptions.Namespaces)}:{name.Namespace}")}.";

    private static string Presence(string section) => $"{PushGatewayOptions.Section}:{section}:{nameof(ChannelOptions.Presence)}";
}
