using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using PushGateway.Brokers;
using PushGateway.Cluster;
using PushGateway.IntegrationTests.Infrastructure;
using PushGateway.Security.Revocations;

namespace PushGateway.IntegrationTests.Api;

/// <summary><c>POST /v1/tokens/revocations</c>, on a node that stands alone.</summary>
public sealed class RevocationsTests(DevelopmentNode shared) : IClassFixture<DevelopmentNode>
{
    private const string Path = "/v1/tokens/revocations";

    private static readonly TimeSpan Kept = TimeSpan.FromDays(30) + TimeSpan.FromSeconds(5);

    private readonly GatewayNode _node = shared.Node;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_connections_of_the_user_are_closed_and_those_of_others_are_not()
    {
        await using var one = await RawClient.ConnectAsync(_node, "revoked");
        await using var two = await RawClient.ConnectAsync(_node, "revoked");
        await using var other = await RawClient.ConnectAsync(_node, "other");
        var before = TimeProvider.System.GetUtcNow();

        var answer = await (await _node.Http.PostJsonAsync(Path, """{"user":"revoked"}""")).ReadAsync();

        await one.ExpectCloseAsync(3500);
        await two.ExpectCloseAsync(3500);
        await other.ExchangeAsync("""{"id":9,"ping":{}}""", """{"id":9,"ping":{}}""");
        Assert.Equal(["user", "before", "keptUntil", "connections"], answer.EnumerateObject().Select(field => field.Name));
        Assert.Equal(("revoked", 2), (answer.GetProperty("user").GetString(), answer.GetProperty("connections").GetInt32()));
        Assert.InRange(Time(answer, "before"), before, TimeProvider.System.GetUtcNow().AddMilliseconds(1));
        Assert.InRange(Time(answer, "keptUntil"), before + Kept, TimeProvider.System.GetUtcNow().AddMilliseconds(1) + Kept);

        // A client that comes after that with what it gets anew is served.
        await using var later = await RawClient.ConnectAsync(_node, "revoked");
        Assert.Equal(0, (await (await _node.Http.PostJsonAsync(Path, $$"""{"user":"revoked","before":"{{before:O}}"}""")).ReadAsync()).GetProperty("connections").GetInt32());
        await later.ExchangeAsync("""{"id":9,"ping":{}}""", """{"id":9,"ping":{}}""");
    }

    [Theory]
    [InlineData("""{"user":"a","before":"2026-01-02T03:04:05Z","expiresAt":"2999-01-02T03:04:05.6789Z"}""", """{"user":"a","before":"2026-01-02T03:04:05.000Z","keptUntil":"2999-01-02T03:04:05.679Z","connections":0}""")]
    [InlineData("""{"user":"a/b#1","before":"2026-01-02T03:04:05.5+02:00","expiresAt":"2999-01-02T03:04:05-01:00"}""", """{"user":"a/b#1","before":"2026-01-02T01:04:05.500Z","keptUntil":"2999-01-02T04:04:05.000Z","connections":0}""")]
    [InlineData("""{"jti":"t1","expiresAt":"9999-12-31T23:59:59.9999999Z","user":null,"before":null}""", """{"jti":"t1","keptUntil":"9999-12-31T23:59:59.999Z","connections":0}""")]
    public async Task What_is_revoked_and_until_when_is_answered(string request, string answer) =>
        Assert.Equal(answer, await _node.Http.PostJsonAsync(Path, request).TextAsync());

    [Fact]
    public async Task Where_tokens_need_not_expire_nothing_is_forgotten_by_itself()
    {
        await using var node = GatewayNode.Start(("PushGateway:Security:Tokens:RequireExpiration", "false"));
        Assert.Equal("""{"jti":"t1","connections":0}""", await node.Http.PostJsonAsync(Path, """{"jti":"t1"}""").TextAsync());
        Assert.Equal(
            """{"jti":"t2","keptUntil":"2999-01-01T00:00:00.000Z","connections":0}""",
            await node.Http.PostJsonAsync(Path, """{"jti":"t2","expiresAt":"2999-01-01T00:00:00Z"}""").TextAsync());
    }

    [Theory]
    [InlineData("{}", "user")]
    [InlineData("""{"before":"2026-01-02T03:04:05Z"}""", "user")]
    [InlineData("""{"user":"42","jti":"t1"}""", "jti")]
    [InlineData("""{"jti":"t1","before":"2026-01-02T03:04:05Z"}""", "before")]
    [InlineData("""{"user":""}""", "user")]
    [InlineData("""{"user":42}""", "user")]
    [InlineData("""{"user":"a,b"}""", "user")]
    [InlineData("""{"jti":""}""", "jti")]
    [InlineData("""{"jti":"a\u0000b"}""", "jti")]
    [InlineData("""{"user":"42","before":"2026-01-02T03:04:05"}""", "before")]
    [InlineData("""{"user":"42","before":"2026-01-02"}""", "before")]
    [InlineData("""{"user":"42","before":"tomorrow"}""", "before")]
    [InlineData("""{"user":"42","before":1790000000}""", "before")]
    [InlineData("""{"user":"42","before":"2999-01-02T03:04:05Z"}""", "before")]
    [InlineData("""{"user":"42","expiresAt":"2026-01-02T03:04:05Z"}""", "expiresAt")]
    [InlineData("""{"user":"42","expiresAt":"never"}""", "expiresAt")]
    [InlineData("""{"user":"42","why":"stolen"}""", "why")]
    [InlineData("""{"user":"42",""", "")]
    public async Task A_revocation_that_breaks_a_rule_is_refused_by_name(string request, string field)
    {
        await using var client = await RawClient.ConnectAsync(_node, "42");
        var problem = await (await _node.Http.PostJsonAsync(Path, request)).ReadProblemAsync(HttpStatusCode.BadRequest, "invalid-request");
        Assert.Equal(field, problem.Field());
        await client.ExchangeAsync("""{"id":9,"ping":{}}""", """{"id":9,"ping":{}}""");
    }

    [Fact]
    public async Task An_id_that_is_too_long_is_refused()
    {
        Assert.Equal(HttpStatusCode.OK, (await _node.Http.PostJsonAsync(Path, $$"""{"jti":"{{new string('漢', 85)}}"}""")).StatusCode);
        var problem = await (await _node.Http.PostJsonAsync(Path, $$"""{"jti":"{{new string('漢', 86)}}"}""")).ReadProblemAsync(HttpStatusCode.BadRequest, "invalid-request");
        Assert.Equal("jti", problem.Field());
    }

    [Fact]
    public async Task A_time_that_is_ahead_by_what_clocks_may_differ_is_taken()
    {
        var soon = TimeProvider.System.GetUtcNow().AddSeconds(4);
        await (await _node.Http.PostJsonAsync(Path, $$"""{"user":"ahead","before":"{{soon:O}}"}""")).ReadAsync();
    }

    [Fact]
    public async Task No_more_are_kept_than_may_be()
    {
        await using var node = GatewayNode.Start(("PushGateway:Security:MaxRevocations", "2"));
        await (await node.Http.PostJsonAsync(Path, """{"user":"1"}""")).ReadAsync();
        await (await node.Http.PostJsonAsync(Path, """{"jti":"2"}""")).ReadAsync();
        await using var client = await RawClient.ConnectAsync(node, "3");

        var problem = await (await node.Http.PostJsonAsync(Path, """{"user":"3"}""")).ReadProblemAsync(HttpStatusCode.InsufficientStorage, "too-many-revocations");

        Assert.Contains("PushGateway:Security:MaxRevocations", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        await client.ExchangeAsync("""{"id":9,"ping":{}}""", """{"id":9,"ping":{}}""");
        await (await node.Http.PostJsonAsync(Path, """{"user":"1"}""")).ReadAsync();
        await Assert.ThrowsAsync<TooManyRevocationsException>(async () => await node.Services.GetRequiredService<ITokenRevocations>().RevokeTokenAsync("3", cancellationToken: Cancellation));
    }

    [Fact]
    public async Task A_cluster_that_cannot_be_reached_is_told()
    {
        await using var node = GatewayNode.StartWith(services => services.AddSingleton<ICluster>(new BrokenBroker()));
        await (await node.Http.PostJsonAsync(Path, """{"user":"42"}""")).ReadProblemAsync(HttpStatusCode.ServiceUnavailable, "broker-unavailable");
        await Assert.ThrowsAsync<BrokerUnavailableException>(async () => await node.Services.GetRequiredService<ITokenRevocations>().RevokeUserAsync("42", cancellationToken: Cancellation));
    }

    [Fact]
    public async Task What_is_revoked_by_HTTP_can_be_revoked_from_CSharp()
    {
        var revocations = _node.Services.GetRequiredService<ITokenRevocations>();
        await using var client = await RawClient.ConnectAsync(_node, "injected");

        var outcome = await revocations.RevokeUserAsync("injected", cancellationToken: Cancellation);
        Assert.Equal(("injected", 1, 0), (outcome.Revocation.User, outcome.Reached.Count, outcome.Reached.SilentNodes.Count));
        await client.ExpectCloseAsync(3500);

        var end = DateTimeOffset.UnixEpoch.AddYears(1000);
        Assert.Equal(new Revocation(null, default, "t1", end), (await revocations.RevokeTokenAsync("t1", end, Cancellation)).Revocation);
        await Assert.ThrowsAnyAsync<ArgumentException>(async () => await revocations.RevokeUserAsync("", cancellationToken: Cancellation));
        await Assert.ThrowsAnyAsync<ArgumentException>(async () => await revocations.RevokeTokenAsync(null!, cancellationToken: Cancellation));
        await Assert.ThrowsAnyAsync<ArgumentException>(async () => await revocations.RevokeTokenAsync("t1", DateTimeOffset.UnixEpoch, Cancellation));
    }

    private static DateTimeOffset Time(JsonElement answer, string field) => answer.GetProperty(field).GetDateTimeOffset();
}
