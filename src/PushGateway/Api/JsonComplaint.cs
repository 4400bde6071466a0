using System.Text.Json;
using PushGateway.Notifications;

namespace PushGateway.Api;

/// <summary>Puts what the JSON reader complains of into words for the sender, naming the field.</summary>
internal static class JsonComplaint
{
    private const string Root = "$";

    public static InvalidNotificationException From(JsonException malformed)
    {
        var field = FieldOf(malformed.Path ?? Root);
        var where = $"line {malformed.LineNumber + 1}, byte {malformed.BytePositionInLine + 1}";
        if (malformed.InnerException is JsonException)
            return new InvalidNotificationException(
                field, $"{(field.Length > 0 ? "is" : "The body is")} not well-formed JSON, or nested more than {JsonPayload.MaxDepth} deep, at {where}");

        return field.Length > 0
            ? new InvalidNotificationException(field, "has the wrong type, stands there twice, or is not a field of this request")
            : new InvalidNotificationException("", "The body must be a JSON object with the fields of this request.");
    }

    // "$.channels[3]" and "$['no such field']" name fields; a path that is the root, the text as a whole.
    private static string FieldOf(string path) =>
        path.StartsWith("$.", StringComparison.Ordinal) ? path[2..]
        : path.StartsWith("$['", StringComparison.Ordinal) && path.EndsWith("']", StringComparison.Ordinal) ? path[3..^2]
        : "";
}
