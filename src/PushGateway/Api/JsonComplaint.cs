using System.Text.Json;
using PushGateway.Notifications;

namespace PushGateway.Api;

/// <summary>Puts what the JSON reader complains of into words for the sender, naming the field.</summary>
internal static class JsonComplaint
{
    private const string Root = "$";

    private static readonly string NotWellFormed = $"not well-formed JSON, or nested more than {JsonPayload.MaxDepth} deep, at";

    /// <summary>The field at fault, empty when it is the whole, and what is wrong with it, as the end of a sentence that begins with the field's name.</summary>
    /// <param name="malformed">What the reader threw.</param>
    /// <param name="isLine">Whether it read a line of a batch.</param>
    public static (string Field, string Why) From(JsonException malformed, bool isLine = false)
    {
        var field = FieldOf(malformed.Path ?? Root);
        var whole = Whole(isLine);
        var where = isLine ? $"byte {malformed.BytePositionInLine + 1}" : $"line {malformed.LineNumber + 1}, byte {malformed.BytePositionInLine + 1}";
        return (malformed.InnerException, field) switch
        {
            (JsonException, "") => ("", $"The {whole} is {NotWellFormed} {where}"),
            (JsonException, _) => (field, $"is {NotWellFormed} {where}"),
            (_, "") => ("", $"The {whole} must be a JSON object with the fields of this request."),
            _ => (field, "has the wrong type, stands there twice, or is not a field of this request"),
        };
    }

    /// <summary>What is read, where it is spoken of as a whole.</summary>
    public static string Whole(bool isLine) => isLine ? "line" : "body";

    // "$.channels[3]" and "$['no such field']" name fields; a path that is the root, the text as a whole.
    private static string FieldOf(string path) =>
        path.StartsWith("$.", StringComparison.Ordinal) ? path[2..]
        : path.StartsWith("$['", StringComparison.Ordinal) && path.EndsWith("']", StringComparison.Ordinal) ? path[3..^2]
        : "";
}
