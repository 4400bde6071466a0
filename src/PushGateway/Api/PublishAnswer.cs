using System.Text.Json;
using PushGateway.Brokers;
using PushGateway.Notifications;

namespace PushGateway.Api;

/// <summary>Writes what became of a notification, as <c>POST /v1/notifications</c> and the lines of a batch are answered.</summary>
internal static class PublishAnswer
{
    private static readonly JsonEncodedText Results = JsonEncodedText.Encode("results"), Channel = JsonEncodedText.Encode("channel"), Offset = JsonEncodedText.Encode("offset"),
        Epoch = JsonEncodedText.Encode("epoch"), Superseded = JsonEncodedText.Encode("superseded"), Error = JsonEncodedText.Encode("error");

    /// <summary>Whether no channel was published to again.</summary>
    public static bool IsReplayed(IReadOnlyList<NotificationResult> results)
    {
        for (var i = 0; i < results.Count; i++)
            if (!results[i].IsRepeated)
                return false;
        return true;
    }

    /// <summary>Writes one result for each channel into the object that is open.</summary>
    public static void WriteResults(Utf8JsonWriter json, IReadOnlyList<NotificationResult> results)
    {
        json.WriteStartArray(Results);
        for (var i = 0; i < results.Count; i++)
        {
            var result = results[i];
            json.WriteStartObject();
            json.WriteString(Channel, result.Channel);
            if (result.Position is { } position)
            {
                json.WriteNumber(Offset, position.Offset);
                json.WriteString(Epoch, position.Epoch);
            }

            if (result.IsSuperseded)
                json.WriteBoolean(Superseded, true);
            if (result.Error is { } error)
                WriteError(json, error is IdempotencyConflictException ? Problem.IdempotencyConflict() : Problem.BrokerUnavailable());
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    /// <summary>Writes a problem into the object that is open.</summary>
    public static void WriteError(Utf8JsonWriter json, Problem problem)
    {
        json.WritePropertyName(Error);
        JsonSerializer.Serialize(json, problem, ApiJson.Default.Problem);
    }
}
