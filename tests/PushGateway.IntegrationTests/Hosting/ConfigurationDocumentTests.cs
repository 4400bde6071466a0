using System.Collections;
using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using PushGateway.Channels;
using PushGateway.Hosting;
using PushGateway.IntegrationTests.Infrastructure;
using PushGateway.Redis;

namespace PushGateway.IntegrationTests.Hosting;

/// <summary>Holds <c>docs/configuration.md</c> to the truth: every setting is there with its environment variable and its default, and no other.</summary>
public sealed partial class ConfigurationDocumentTests
{
    /// <summary>What settings that are null by default stand for.</summary>
    private static readonly Dictionary<string, string> Unset = new()
    {
        ["PushGateway:Address"] = "none",
        ["PushGateway:Echo:Enabled"] = "`true` in Development, else `false`",
        ["PushGateway:Shutdown:PauseSeconds"] = $"`{ShutdownOptions.DefaultPauseSeconds}`, in Development `0`",
        ["PushGateway:Shutdown:DrainSeconds"] = $"`{ShutdownOptions.DefaultDrainSeconds}`, in Development `0`",
        ["PushGateway:Security:AllowAnonymous"] = "`true` in Development, else `false`",
        ["PushGateway:Security:ApiKeys:0"] = "none",
        ["PushGateway:Channels:Subscribe"] = $"`{ChannelRules.From(new(), new()).Subscribe}`",
        ["PushGateway:Channels:Publish"] = $"`{ChannelRules.From(new(), new()).Publish}`",
        ["PushGateway:Namespaces:<name>:Subscribe"] = "as `PushGateway:Channels:Subscribe`",
        ["PushGateway:Namespaces:<name>:Publish"] = "as `PushGateway:Channels:Publish`",
    };

    private static readonly Dictionary<string, (string Variable, string Default)> Documented = Row()
        .Matches(Repository.Read("docs/configuration.md"))
        .ToDictionary(row => row.Groups[1].Value, row => (row.Groups[2].Value, row.Groups[3].Value));

    [Fact]
    public void Every_setting_is_there_with_its_default() => AssertDocumented(Leaves(PushGatewayOptions.Section, new PushGatewayOptions()), except: "PushGateway:Redis:");

    [Fact]
    public void Every_setting_of_Redis_is_there_with_its_default() => AssertDocumented(Leaves(RedisOptions.Section, new RedisOptions()), only: "PushGateway:Redis:");

    private static void AssertDocumented(IEnumerable<(string Key, string Default)> settings, string only = "", string? except = null)
    {
        var expected = settings.ToDictionary(setting => setting.Key, setting => setting.Default);
        var there = Documented.Keys.Where(key => key.StartsWith(only, StringComparison.Ordinal) && (except is null || !key.StartsWith(except, StringComparison.Ordinal)));
        Assert.Equal(expected.Keys.Order(StringComparer.Ordinal), there.Order(StringComparer.Ordinal));
        foreach (var (key, value) in expected)
            Assert.Equal((key.Replace(":", "__", StringComparison.Ordinal), value), Documented[key]);
    }

    private static IEnumerable<(string Key, string Default)> Leaves(string section, object options) =>
        from property in options.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance)
        from leaf in Leaves($"{section}:{property.Name}", property.PropertyType, property.GetValue(options))
        select leaf;

    private static IEnumerable<(string Key, string Default)> Leaves(string key, Type type, object? value)
    {
        if (value is IDictionary<string, ChannelOptions>)
            return Leaves($"{key}:<name>", new ChannelOptions());

        if (typeof(IEnumerable).IsAssignableFrom(type) && type != typeof(string))
            return Leaf($"{key}:0", null);

        return type.IsClass && type != typeof(string) ? Leaves(key, value!) : Leaf(key, value);
    }

    private static IEnumerable<(string, string)> Leaf(string key, object? value) => [(key, value switch
    {
        null => Unset[key],
        "" => "none",
        bool flag => flag ? "`true`" : "`false`",
        _ => $"`{Convert.ToString(value, CultureInfo.InvariantCulture)}`",
    })];

    [GeneratedRegex(@"^\| `(PushGateway:[^`]+)` \| `([^`]+)` \| ([^|]+) \|", RegexOptions.Multiline)]
    private static partial Regex Row();
}
