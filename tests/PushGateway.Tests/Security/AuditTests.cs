using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using PushGateway.Channels;
using PushGateway.Cluster;
using PushGateway.Notifications;
using PushGateway.Security;
using PushGateway.Security.Revocations;

namespace PushGateway.Tests.Security;

public sealed class AuditTests : IDisposable
{
    private static readonly ApiCaller Shop = new("shop", ApiScopes.All);

    private readonly FakeTimeProvider _time = new();
    private readonly RecordingLog _log = new();
    private readonly Audit _audit;

    public AuditTests() => _audit = new Audit(_log, _time);

    public void Dispose()
    {
        _audit.Dispose();
        _log.Dispose();
    }

    [Fact]
    public void A_refused_request_is_told_with_the_callers_address_and_by_its_route_alone()
    {
        _audit.Refused(Request("/v1/nodes"), ApiRefusal.UnknownKey("shop"));
        Assert.Equal(
            (Audit.Category, 2, "A request to the API was refused (UnknownKey) from 192.0.2.7, key shop, GET /v1/nodes: The key is not known."), Assert.Single(_log.Lines));
    }

    [Fact]
    public void A_flood_of_refusals_becomes_some_lines_a_second_and_a_count()
    {
        for (var i = 0; i < 1000; i++)
            _audit.Refused(Request("/v1/nodes"), ApiRefusal.NoKey);
        Assert.Equal(10, _log.Lines.Count);

        // Another kind is told all the same.
        _audit.Refused(Request("/v1/nodes"), ApiRefusal.UnknownKey(null));
        Assert.Equal(11, _log.Lines.Count);

        _time.Advance(TimeSpan.FromSeconds(1));
        _audit.Refused(Request("/v1/nodes"), ApiRefusal.NoKey);
        Assert.Equal((Audit.Category, 5, "990 refusals more (NoKey) were not reported."), _log.Lines[11]);
        Assert.Equal(13, _log.Lines.Count);

        for (var i = 0; i < 20; i++)
            _audit.Refused(Request("/v1/nodes"), ApiRefusal.NoKey);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal((Audit.Category, 5, "11 refusals more (NoKey) were not reported."), _log.Lines[^1]);
    }

    [Fact]
    public void A_flood_of_tokens_and_of_limited_notifications_does_so_too()
    {
        for (var i = 0; i < 100; i++)
        {
            _audit.TokenRefused(Guid.Empty, "42", null, "expired");
            _audit.Limited(Shop);
            _audit.LineRefused(ApiRefusal.BeyondNamespaces(Shop, "news:a"));
        }

        Assert.Equal(30, _log.Lines.Count);
    }

    [Fact]
    public void Text_from_outside_stays_on_its_line_and_is_cut_off()
    {
        _audit.TokenRefused(Guid.Empty, "a\r\nforged: line\u2028\u0000", new string('c', 1000), "why");
        var text = Assert.Single(_log.Lines).Text;
        Assert.Contains("'a??forged: line??'", text, StringComparison.Ordinal);
        Assert.Contains($"'{new string('c', 256)}…'", text, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_done_with_keys_is_told()
    {
        _audit.Ordered(Shop, new Disconnection("42", 4500, "a reason"), new Reached(2));
        _audit.Ordered(Shop, new ServerSubscription("42", "news:a", Info: "\"payload\""), new Reached(1) { SilentNodes = ["node-2"] });
        _audit.Ordered(Shop, new Unsubscription("42", "news:a"), new Reached(0));
        _audit.HistoryRemoved(Shop, "#42");
        _audit.Revoked(Shop, new RevocationOutcome(new Revocation("42", DateTimeOffset.UnixEpoch, null, null), new Reached(1)));
        _audit.KeysReloaded(["new"], ["old"]);
        _audit.KeysNotReloaded("PushGateway:Security:Keys: …");
        Assert.Equal([10, 11, 12, 13, 14, 20, 21], _log.Lines.Select(line => line.Event));
        Assert.All(_log.Lines, line => Assert.Equal(Audit.Category, line.Category));
        Assert.All(_log.Lines, line => Assert.DoesNotContain("payload", line.Text, StringComparison.Ordinal));
        Assert.Contains("1 nodes silent", _log.Lines[1].Text, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_published_is_told_in_a_category_of_its_own_without_the_payload()
    {
        var notification = new Notification { Channels = ["news:a", "news:b"], Data = "\"payload\""u8.ToArray(), IdempotencyKey = "once" };
        _audit.Published(Shop, notification, [new NotificationResult("news:a", new StreamPosition(7, "epoch")), new NotificationResult("news:b", Error: new TimeoutException())]);
        _audit.Published(Guid.Empty, "42", "news:a", "published");
        Assert.Equal(
            [
                "Key shop published to 2 channels, the first 'news:a': partly, offset 7, epoch epoch, idempotency key 'once'.",
                "Connection 00000000-0000-0000-0000-000000000000 of user '42' published to channel 'news:a': published, offset (null), epoch (null).",
            ],
            _log.Lines.Select(line => line.Text));
        Assert.All(_log.Lines, line => Assert.Equal(Audit.PublishCategory, line.Category));
    }

    [Fact]
    public void Publications_are_told_only_where_a_rule_of_the_host_says_so()
    {
        var options = new LoggerFilterOptions { MinLevel = LogLevel.Information };
        new QuietPublishes().Configure(options);
        Assert.False(new Audit(Filtered(options)).IsPublishEnabled);
        options.Rules.Add(new LoggerFilterRule(null, Audit.PublishCategory, LogLevel.Information, null));
        Assert.True(new Audit(Filtered(options)).IsPublishEnabled);
    }

    private static LoggerFactory Filtered(LoggerFilterOptions options) => new([new Anything()], new StaticOptions(options));

    private static DefaultHttpContext Request(string route)
    {
        var context = new DefaultHttpContext { Connection = { RemoteIpAddress = IPAddress.Parse("192.0.2.7") }, Request = { Method = "GET", Path = "/v1/nodes/something-secret" } };
        context.SetEndpoint(new RouteEndpoint(_ => Task.CompletedTask, RoutePatternFactory.Parse(route), 0, null, null));
        return context;
    }

    private sealed class StaticOptions(LoggerFilterOptions options) : IOptionsMonitor<LoggerFilterOptions>
    {
        public LoggerFilterOptions CurrentValue => options;

        public LoggerFilterOptions Get(string? name) => options;

        public IDisposable? OnChange(Action<LoggerFilterOptions, string?> listener) => null;
    }

    private sealed class Anything : ILoggerProvider
    {
        public ILogger CreateLogger(string categoryName) => new RecordingLog().CreateLogger(categoryName);

        public void Dispose()
        {
        }
    }
}
