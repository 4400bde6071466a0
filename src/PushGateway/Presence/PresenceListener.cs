using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.Options;
using PushGateway.Api;
using PushGateway.Brokers;
using PushGateway.Channels;
using PushGateway.Fanout;

namespace PushGateway.Presence;

/// <summary>This node's ear for changes: those of channels go to the hub, those of users are published to whoever watches.</summary>
internal sealed class PresenceListener(Hub hub, IBroker broker, ChannelDirectory directory, IOptions<PushGatewayOptions> options) : IPresenceListener
{
    private readonly string? _namespace = options.Value.UserPresence.ChangesNamespace;

    /// <inheritdoc/>
    public void Deliver(string channel, PresenceChange change) => hub.Deliver(channel, change);

    /// <inheritdoc/>
    public async ValueTask AnnounceAsync(UserPresence user, long version, CancellationToken cancellationToken)
    {
        var channel = $"{_namespace}{ChannelName.NamespaceBoundary}{user.User}";

        // An id with the sign that stands in front of users would name a channel that is for somebody else, and a long one may leave no room for the namespace.
        if (_namespace is null || !ChannelName.TryParse(channel, out var name, out _) || name.IsForUsers)
            return;

        var data = JsonSerializer.SerializeToUtf8Bytes(UserChange.From(user), UserChangeJson.Default.UserChange);
        await broker.PublishAsync(channel, new Publication(data), new PublishOptions(directory.RulesOf(channel).History, Version: (ulong)version), cancellationToken);
    }
}

/// <summary>What those who watch a user are told. Times are those of the back end.</summary>
/// <param name="User">The user's id.</param>
/// <param name="Online">Whether the user is online.</param>
/// <param name="Since">Since when; absent when offline.</param>
/// <param name="LastSeen">When last; absent when online.</param>
internal sealed record UserChange(
    string User,
    bool Online,
    [property: JsonConverter(typeof(TimeConverter))] DateTimeOffset? Since,
    [property: JsonConverter(typeof(TimeConverter))] DateTimeOffset? LastSeen)
{
    public static UserChange From(UserPresence user) => new(user.User, user.IsOnline, user.Since, user.LastSeen);
}

/// <summary>The JSON of what watchers are told.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(UserChange))]
internal sealed partial class UserChangeJson : JsonSerializerContext;
