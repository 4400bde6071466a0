using System.Text.Json;
using System.Text.RegularExpressions;

namespace PushGateway.IntegrationTests.Api;

/// <summary>Holds values against the schemas of the OpenAPI document, as far as that document uses JSON Schema.</summary>
internal sealed class SchemaCheck(JsonElement document)
{
    /// <summary>What is wrong with a value, by its place; empty when nothing is.</summary>
    public IEnumerable<string> Complaints(JsonElement schema, JsonElement value, string place = "$") => schema.EnumerateObject().SelectMany(keyword => keyword.Name switch
    {
        "$ref" => Complaints(Follow(keyword.Value), value, place),
        "type" => When(!IsOf(keyword.Value.GetString()!, value), $"{place} is not of type {keyword.Value}"),
        "required" => keyword.Value.EnumerateArray().Where(name => !value.TryGetProperty(name.GetString()!, out _)).Select(name => $"{place} lacks {name}"),
        "properties" => keyword.Value.EnumerateObject().SelectMany(
            property => value.TryGetProperty(property.Name, out var part) ? Complaints(property.Value, part, $"{place}.{property.Name}") : []),
        "additionalProperties" => value.EnumerateObject()
            .Where(part => !(schema.TryGetProperty("properties", out var known) && known.TryGetProperty(part.Name, out _)))
            .SelectMany(part => keyword.Value.ValueKind == JsonValueKind.False ? [$"{place} has {part.Name}"] : Complaints(keyword.Value, part.Value, $"{place}.{part.Name}")),
        "items" => value.EnumerateArray().SelectMany((part, i) => Complaints(keyword.Value, part, $"{place}[{i}]")),
        "oneOf" => When(keyword.Value.EnumerateArray().Count(one => !Complaints(one, value, place).Any()) != 1, $"{place} is not exactly one of several"),
        "minimum" => When(value.GetDecimal() < keyword.Value.GetDecimal(), $"{place} is less than {keyword.Value}"),
        "maximum" => When(value.GetDecimal() > keyword.Value.GetDecimal(), $"{place} is more than {keyword.Value}"),
        "minItems" => When(value.GetArrayLength() < keyword.Value.GetInt32(), $"{place} is too short"),
        "maxItems" => When(value.GetArrayLength() > keyword.Value.GetInt32(), $"{place} is too long"),
        "minLength" => When(value.GetString()!.Length < keyword.Value.GetInt32(), $"{place} is too short"),
        "maxLength" => When(value.GetString()!.Length > keyword.Value.GetInt32(), $"{place} is too long"),
        "maxProperties" => When(value.EnumerateObject().Count() > keyword.Value.GetInt32(), $"{place} has too many"),
        "pattern" => When(!Regex.IsMatch(value.GetString()!, keyword.Value.GetString()!), $"{place} does not match {keyword.Value}"),
        "description" or "format" or "propertyNames" => [],
        var other => [$"the test does not know the keyword {other}"],
    });

    /// <summary>Where a reference leads, or the value itself when it is none.</summary>
    public JsonElement Resolve(JsonElement value) => value.TryGetProperty("$ref", out var reference) ? Follow(reference) : value;

    private JsonElement Follow(JsonElement reference) =>
        reference.GetString()!.Split('/').Skip(1).Aggregate(document, (part, name) => part.GetProperty(name));

    private static string[] When(bool wrong, string complaint) => wrong ? [complaint] : [];

    private static bool IsOf(string type, JsonElement value) => type switch
    {
        "object" => value.ValueKind == JsonValueKind.Object,
        "array" => value.ValueKind == JsonValueKind.Array,
        "string" => value.ValueKind == JsonValueKind.String,
        "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        "number" => value.ValueKind == JsonValueKind.Number,
        "integer" => value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out _),
        _ => false,
    };
}
