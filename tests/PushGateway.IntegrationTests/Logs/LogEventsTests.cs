using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging;
using PushGateway.Diagnostics.Floods;
using PushGateway.IntegrationTests.Infrastructure;
using PushGateway.Redis;
using PushGateway.Security;

namespace PushGateway.IntegrationTests.Logs;

/// <summary>Everything that is logged is an event with a number, and stands in <c>docs/operations.md</c>.</summary>
public sealed partial class LogEventsTests
{
    /// <summary>Where a part logs in the name of the whole that it belongs to.</summary>
    private static readonly Dictionary<string, string> Wholes = new()
    {
        ["PushGateway.Brokers.Memory.UserAnnouncements"] = "PushGateway.Brokers.Memory.MemoryPresence",
        ["PushGateway.Diagnostics.Floods.CollapsingLoggerFactory"] = CollapsingLoggerFactory.Category,
        ["PushGateway.Security.AuditLog"] = Audit.Category,
        ["PushGateway.Security.Callbacks.CallbackLog"] = "PushGateway.Security.Callbacks.Callbacks",
        ["PushGateway.Redis.Cluster.ControlChannel"] = "PushGateway.Redis.Cluster.RedisCluster",
        ["PushGateway.Redis.Cluster.SharedRevocations"] = "PushGateway.Redis.Cluster.RedisCluster",
        ["PushGateway.Redis.Presence.Ledger"] = "PushGateway.Redis.Presence.RedisPresence",
        ["PushGateway.Redis.Presence.Reaper"] = "PushGateway.Redis.Presence.RedisPresence",
        ["PushGateway.Redis.PubSub.Shard"] = "PushGateway.Redis.PubSub.Subscriber",
        ["PushGateway.Redis.Publishing.PublishTarget"] = "PushGateway.Redis.Publishing.PublishLinks",
    };

    private static readonly (string Category, LoggerMessageAttribute Event, MethodInfo Method)[] Events =
    [
        .. from assembly in (Assembly[])[typeof(PushGatewayOptions).Assembly, typeof(RedisOptions).Assembly, typeof(Program).Assembly]
           from type in assembly.GetTypes()
           from method in type.GetMethods(BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly)
           let told = method.GetCustomAttribute<LoggerMessageAttribute>()
           where told is not null
           let owner = (type.IsNested ? type.DeclaringType! : type).FullName!
           select (Wholes.GetValueOrDefault(owner, owner), told, method),
    ];

    [Fact]
    public void Each_has_a_number_of_its_own_in_its_category()
    {
        Assert.True(Events.Length > 50);
        Assert.All(Events, told => Assert.True(told.Event.EventId > 0, $"{told.Category} {told.Method.Name}"));
        Assert.All(Events.GroupBy(told => (told.Category, told.Event.EventId)), same => Assert.True(same.Count() == 1, $"{same.Key}"));
    }

    [Fact]
    public void Each_is_in_the_document_with_its_level_and_no_other()
    {
        var rows = Row().Matches(Repository.Read("docs/operations.md")).Select(row => $"{row.Groups[1].Value} {row.Groups[2].Value} {row.Groups[3].Value}");
        // The audit log has a table of its own, and a test of its own.
        var events = Events.Where(told => told.Category != Audit.Category).Select(told => $"{told.Category} {told.Event.EventId} {told.Event.Level}");
        Assert.Equal(events.Order(StringComparer.Ordinal), rows.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void None_carries_a_payload_or_a_secret() => Assert.All(
        Events.SelectMany(told => told.Method.GetParameters()),
        field =>
        {
            Assert.DoesNotMatch("(?i)^(data|payload|body|content|token|secret|password|credential|header)s?$", field.Name!);
            Assert.False(field.ParameterType == typeof(byte[]) || field.ParameterType == typeof(ReadOnlyMemory<byte>), field.Name);
        });

    [Fact]
    public void Nothing_is_logged_in_another_way()
    {
        var calls = from file in Directory.EnumerateFiles(Path.Combine(Repository.Root, "src"), "*.cs", SearchOption.AllDirectories)
                    where !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal)
                    from Match call in OtherWay().Matches(File.ReadAllText(file))
                    select $"{Path.GetFileName(file)}: {call.Value}";
        Assert.Empty(calls);
    }

    [GeneratedRegex(@"^\| `(PushGateway\.[\w.]+)` \| (\d+) \| (\w+) \| [^|]+ \|$", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex(@"\.Log(Trace|Debug|Information|Warning|Error|Critical)\(|_?[lL]ogger\.Log\(|LoggerMessage\.Define")]
    private static partial Regex OtherWay();
}
