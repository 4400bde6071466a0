using Microsoft.Extensions.DependencyInjection;
using PushGateway.IntegrationTests.Infrastructure;
using PushGateway.Presence;

namespace PushGateway.IntegrationTests.Api;

/// <summary>Presence for applications that host the gateway.</summary>
public sealed class InjectedPresenceTests(PresenceNode shared) : IClassFixture<PresenceNode>
{
    private readonly IPresenceReader _presence = shared.Node.Services.GetRequiredService<IPresenceReader>();
    private readonly string _room = $"room:{Guid.NewGuid():N}";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_is_asked_by_HTTP_can_be_asked_from_CSharp()
    {
        await using var first = await RawClient.ConnectAsync(shared.Node, "injected", _room);
        await using var second = await RawClient.ConnectAsync(shared.Node, "injected", _room);

        var page = await _presence.ReadAsync(_room, new PresenceQuery(1), Cancellation);
        var rest = await _presence.ReadAsync(_room, new PresenceQuery(1000, page.Next), Cancellation);
        Assert.Equal(new[] { first.Id, second.Id }.Order(StringComparer.Ordinal), page.Members.Concat(rest.Members).Select(member => member.Client).Order(StringComparer.Ordinal));
        Assert.Null(rest.Next);
        Assert.Equal(new PresenceStats(2, 1), await _presence.CountAsync(_room, Cancellation));
        Assert.Equal([2L, 0], (await _presence.ReadUsersAsync(["injected", "nobody-else"], Cancellation)).Select(user => user.Connections));
    }

    [Fact]
    public async Task What_is_wrong_is_told_by_exceptions()
    {
        await Assert.ThrowsAsync<InvalidCursorException>(async () => await _presence.ReadAsync(_room, new PresenceQuery(1, "none"), Cancellation));
        await Assert.ThrowsAsync<ArgumentException>(async () => await _presence.CountAsync("nowhere:a", Cancellation));
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await _presence.CountAsync("told:a", Cancellation));
    }
}
