using System.Text.Json;
using PushGateway.Notifications;

namespace PushGateway.Api;

/// <summary>Puts what the JSON reader complains of into words for the sender, naming the field.</summary>
internal static class JsonComplaint
{
    private const string Root = "$";

    public static InvalidNotificationException From(JsonException malformed)
    {
        // "$.channels[3]" names a field; a path that is missing or is the root, the text as a whole.
        var path = malformed.Path ?? Root;
        var field = path.StartsWith("$.", StringComparison.Ordinal) ? path[2..] : "";
        var where = $"line {malformed.LineNumber + 1}, byte {malformed.BytePositionInLine + 1}";
        if (malformed.InnerException is JsonException)
            return new InvalidNotificationException(
                field, $"{(field.Length > 0 ? "is" : "The body is")} not well-formed JSON, or nested more than {JsonPayload.MaxDepth} deep, at {where}");

        return field.Length > 0
            ? new InvalidNotificationException(field, "has the wrong type, stands there twice, or is not a field of this request")
            : new InvalidNotificationException("", "The body must be a JSON object with the fields of this request.");
    }
}
