using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using PushGateway.Notifications;

namespace PushGateway.Api;

/// <summary>How the API's requests and answers are read and written, generated at compile time.</summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    NumberHandling = JsonNumberHandling.Strict,
    MaxDepth = JsonPayload.MaxDepth + 1, // The payload is one level down.
    PropertyNameCaseInsensitive = false,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    AllowDuplicateProperties = false,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Problem))]
[JsonSerializable(typeof(NotificationShape))]
[JsonSerializable(typeof(NotificationLineShape))]
[JsonSerializable(typeof(HistoryAnswer))]
[JsonSerializable(typeof(PresenceAnswer))]
[JsonSerializable(typeof(PresenceStatsAnswer))]
[JsonSerializable(typeof(PresenceQueryRequest))]
[JsonSerializable(typeof(UserPresenceAnswer))]
[JsonSerializable(typeof(UserPresencesAnswer))]
[JsonSerializable(typeof(NodesAnswer))]
[JsonSerializable(typeof(ChannelsAnswer))]
[JsonSerializable(typeof(SubscriptionRequest))]
[JsonSerializable(typeof(ConnectionsAnswer))]
[JsonSerializable(typeof(SubscriptionsAnswer))]
[JsonSerializable(typeof(RevocationRequest))]
[JsonSerializable(typeof(RevocationAnswer))]
internal sealed partial class ApiJson : JsonSerializerContext
{
    /// <summary>Reads a request.</summary>
    /// <exception cref="InvalidRequestException">It is not well-formed, or not of this type.</exception>
    public static T Read<T>(ReadOnlyMemory<byte> body, JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(body.Span, type) ?? throw new InvalidRequestException("", "The body must be a JSON object.");
        }
        catch (JsonException malformed)
        {
            var (field, why) = JsonComplaint.From(malformed);
            throw new InvalidRequestException(field, why);
        }
    }
}
