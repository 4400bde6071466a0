using System.Reflection;
using System.Text.RegularExpressions;
using PushGateway.Connections;
using PushGateway.IntegrationTests.Infrastructure;
using PushGateway.Protocol;

namespace PushGateway.IntegrationTests.Hosting;

/// <summary>Holds the codes in <c>docs/protocol.md</c> to the code.</summary>
public sealed partial class ProtocolDocumentTests
{
    [Fact]
    public void Every_code_is_there_with_its_text_and_no_other()
    {
        var codes = Constants<CloseReason>().Select(reason => $"{reason.Code} {reason.Text}")
            .Concat(Constants<UnsubscribeReason>().Select(reason => $"{reason.Code} {reason.Text}"))
            .Concat(Constants<ErrorResult>().Select(error => $"{error.Code} {error.Message}"));
        var rows = Row().Matches(Repository.Read("docs/protocol.md")).Select(row => $"{row.Groups[1].Value} {row.Groups[2].Value}");
        Assert.Equal(codes.Order(StringComparer.Ordinal), rows.Order(StringComparer.Ordinal));
    }

    private static IEnumerable<T> Constants<T>() =>
        typeof(T).GetFields(BindingFlags.Public | BindingFlags.Static).Where(field => field.FieldType == typeof(T)).Select(field => (T)field.GetValue(null)!);

    [GeneratedRegex(@"^\| ([0-9]{3,4}) \| ([^|]*) \|", RegexOptions.Multiline)]
    private static partial Regex Row();
}
