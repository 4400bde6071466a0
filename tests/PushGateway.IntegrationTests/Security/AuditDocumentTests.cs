using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging;
using PushGateway.IntegrationTests.Infrastructure;
using PushGateway.Security;

namespace PushGateway.IntegrationTests.Security;

/// <summary>Holds the table of audit events in <c>docs/operations.md</c> to the code.</summary>
public sealed partial class AuditDocumentTests
{
    [Fact]
    public void Every_event_is_there_with_its_number_its_level_and_its_fields()
    {
        var events = typeof(AuditLog).GetMethods(BindingFlags.Public | BindingFlags.Static)
            .Select(method => (method.Name, Attribute: method.GetCustomAttribute<LoggerMessageAttribute>()))
            .Where(told => told.Attribute is not null)
            .Select(told => $"{told.Attribute!.EventId} {told.Name} {told.Attribute.Level}: {string.Join(' ', FieldsOf(told.Attribute.Message, Placeholder()))}");
        var rows = Row().Matches(Repository.Read("docs/operations.md"))
            .Select(row => $"{row.Groups[1].Value} {row.Groups[2].Value} {row.Groups[3].Value}: {string.Join(' ', FieldsOf(row.Groups[4].Value, Code()))}");
        Assert.Equal(events.Order(StringComparer.Ordinal), rows.Order(StringComparer.Ordinal));
    }

    private static IEnumerable<string> FieldsOf(string text, Regex field) => field.Matches(text).Select(match => match.Groups[1].Value).Order(StringComparer.Ordinal);

    [GeneratedRegex(@"^\| ([0-9]+) `(\w+)` \| (\w+) \| [^|]+ \| ([^|]+) \|", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex(@"\{(\w+)\}")]
    private static partial Regex Placeholder();

    [GeneratedRegex("`([A-Z][A-Za-z]+)`")]
    private static partial Regex Code();
}
