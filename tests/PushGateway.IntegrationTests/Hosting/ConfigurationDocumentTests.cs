using System.Collections;
using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using PushGateway.Channels;
using PushGateway.Hosting;
using PushGateway.IntegrationTests.Infrastructure;
using PushGateway.Redis;
using PushGateway.Security;
using PushGateway.Server;
using PushGateway.Security.Tokens;

namespace PushGateway.IntegrationTests.Hosting;

/// <summary>Holds <c>docs/configuration.md</c> to the truth: every setting is there with its environment variable and its default, and no other.</summary>
public sealed partial class ConfigurationDocumentTests
{
    /// <summary>What settings that are null by default stand for.</summary>
    private static readonly Dictionary<string, string> Unset = new()
    {
        ["PushGateway:Address"] = "none",
        ["PushGateway:Echo:Enabled"] = "`true` in Development, else `false`",
        ["PushGateway:Management:Port"] = "none",
        ["PushGateway:Metrics:Enabled"] = "`true` with a management port and in Development, else `false`",
        ["PushGateway:Shutdown:PauseSeconds"] = $"`{ShutdownOptions.DefaultPauseSeconds}`, in Development `0`",
        ["PushGateway:Shutdown:DrainSeconds"] = $"`{ShutdownOptions.DefaultDrainSeconds}`, in Development `0`",
        ["PushGateway:Security:AllowAnonymous"] = "`true` in Development, else `false`",
        ["PushGateway:Security:ApiKeys:0"] = "none",
        ["PushGateway:Security:AllowedOrigins:0"] = "none",
        ["PushGateway:Security:Keys:<id>:Hash"] = "none",
        ["PushGateway:Security:Keys:<id>:Scopes:0"] = "none",
        ["PushGateway:Security:Keys:<id>:Namespaces:0"] = "all",
        ["PushGateway:Security:Keys:<id>:PublishesPerSecond"] = "as `PushGateway:Security:PublishesPerSecond`",
        ["PushGateway:Api:AllowedOrigins:0"] = "none",
        ["PushGateway:Redis:User"] = "none",
        ["PushGateway:Redis:Password"] = "none",
        ["PushGateway:Redis:CaCertificate"] = "none",
        ["PushGateway:Redis:ClientCertificate"] = "none",
        ["PushGateway:Redis:ClientKey"] = "none",
        ["PushGateway:Callbacks:Connect"] = "none",
        ["PushGateway:Callbacks:Subscribe"] = "none",
        ["PushGateway:Callbacks:Publish"] = "none",
        ["PushGateway:Callbacks:Secret"] = "none",
        ["PushGateway:Callbacks:PreviousSecret"] = "none",
        ["PushGateway:Callbacks:Headers:0"] = "none",
        ["PushGateway:Callbacks:EmulatedHeaders:0"] = "none",
        ["PushGateway:Security:Tokens:HmacSecret"] = "none",
        ["PushGateway:Security:Tokens:Keys:<kid>:Secret"] = "none",
        ["PushGateway:Security:Tokens:Keys:<kid>:PublicKey"] = "none",
        ["PushGateway:Security:Tokens:JwksUri"] = "none",
        ["PushGateway:Security:Tokens:Issuer"] = "none",
        ["PushGateway:Security:Tokens:Audience"] = "none",
        ["PushGateway:Channels:Subscribe"] = $"`{ChannelRules.From(new(), new()).Subscribe}`",
        ["PushGateway:Channels:Publish"] = $"`{ChannelRules.From(new(), new()).Publish}`",
        ["PushGateway:Channels:ReadPresence"] = $"`{ChannelRules.From(new(), new()).ReadPresence}`",
        ["PushGateway:Channels:ReadHistory"] = $"`{ChannelRules.From(new(), new()).ReadHistory}`",
        ["PushGateway:Channels:Private"] = ChannelRules.From(new(), new()).IsPrivate ? "`true`" : "`false`",
        ["PushGateway:Channels:HistorySize"] = $"`0`; `{Recovering.History!.Size}` where `Recovery` is `true`",
        ["PushGateway:Channels:HistoryTtl"] = $"`{Recovering.History.Ttl}`",
        ["PushGateway:Channels:HistoryMetaTtl"] = $"`{Recovering.History.MetaTtl}`",
        ["PushGateway:Channels:Recovery"] = "`true` where a history is kept",
        ["PushGateway:Channels:RecoveryMode"] = $"`{Recovering.Mode}`",
        ["PushGateway:Channels:KeepLatest"] = Recovering.KeepLatest ? "`true`" : "`false`",
        ["PushGateway:Channels:Delta"] = Recovering.Delta ? "`true`" : "`false`",
        ["PushGateway:Channels:Presence"] = Recovering.Presence ? "`true`" : "`false`",
        ["PushGateway:Channels:JoinLeave"] = Recovering.JoinLeave ? "`true`" : "`false`",
        ["PushGateway:Channels:ForceJoinLeave"] = Recovering.ForceJoinLeave ? "`true`" : "`false`",
        ["PushGateway:Channels:LeaveDelay"] = $"`{ChannelRules.From(new() { Presence = true }, new()).Members!.LeaveDelay}`",
        ["PushGateway:UserPresence:ChangesNamespace"] = "none",
        ["PushGateway:UserChannels:HistorySize"] = $"`{ChannelRules.ForUsers(new(), new()).History!.Size}`",
    };

    // Who may do what in a user's own channel, no setting changes.
    private static readonly string[] WithoutMeaning =
        [.. ((string[])["Subscribe", "Publish", "ReadPresence", "ReadHistory", "Private"]).Select(name => $"PushGateway:UserChannels:{name}")];

    private static ChannelRules Recovering => ChannelRules.From(new() { Recovery = true }, new());

    private static readonly Dictionary<string, (string Variable, string Default)> Documented = Row()
        .Matches(Repository.Read("docs/configuration.md"))
        .ToDictionary(row => row.Groups[1].Value, row => (row.Groups[2].Value, row.Groups[3].Value));

    [Fact]
    public void Every_setting_is_there_with_its_default() => AssertDocumented(
        Leaves(PushGatewayOptions.Section, new PushGatewayOptions()).Append((SettingsFile.Setting, "none")), except: "PushGateway:Redis:");

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
        where !WithoutMeaning.Contains(leaf.Key)
        select leaf;

    private static IEnumerable<(string Key, string Default)> Leaves(string key, Type type, object? value)
    {
        if (value is IDictionary<string, ChannelOptions>)
            return Leaves($"{key}:<name>", new ChannelOptions());

        if (value is IDictionary<string, ApiKeyOptions>)
            return Leaves($"{key}:<id>", new ApiKeyOptions());
        if (value is IDictionary<string, TokenKeyOptions>)
            return Leaves($"{key}:<kid>", new TokenKeyOptions());

        if (typeof(IEnumerable).IsAssignableFrom(type) && type != typeof(string))
            return Leaf($"{key}:0", null);

        return type.IsClass && type != typeof(string) ? Leaves(key, value!) : Leaf(key, value);
    }

    private static IEnumerable<(string, string)> Leaf(string key, object? value) => [(key, value switch
    {
        null => Unset.GetValueOrDefault(key) ?? Inherited(key),
        "" => "none",
        bool flag => flag ? "`true`" : "`false`",
        _ => $"`{Convert.ToString(value, CultureInfo.InvariantCulture)}`",
    })];

    // A namespace takes what it leaves unset from the channels without one; users' own channels have the same defaults as those.
    private static string Inherited(string key) => key.Split(':') is [var root, "Namespaces", _, var name]
        ? $"as `{root}:Channels:{name}`"
        : Unset[key.Replace(":UserChannels:", ":Channels:", StringComparison.Ordinal)];

    [GeneratedRegex(@"^\| `(PushGateway:[^`]+)` \| `([^`]+)` \| ([^|]+) \|", RegexOptions.Multiline)]
    private static partial Regex Row();
}
