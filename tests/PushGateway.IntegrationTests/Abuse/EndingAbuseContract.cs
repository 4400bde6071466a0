using System.Net.Sockets;
using PushGateway.IntegrationTests.Infrastructure;

namespace PushGateway.IntegrationTests.Abuse;

/// <summary>Whoever goes as it should not: by a half, or at once, at every stage that a client can be in.</summary>
public abstract class EndingAbuseContract(AbuseServer server) : AbuseSuite(server)
{
    private const int Each = 10;

    private enum Stage
    {
        New,
        InTheRequest,
        BehindTheRequest,
        Answered,
        InAFrame,
        BehindACommand,
        InASession,
        BehindAClose,
    }

    [Theory]
    [InlineData(SocketShutdown.Send)]
    [InlineData(SocketShutdown.Receive)]
    [InlineData(SocketShutdown.Both)]
    public Task Sockets_that_are_closed_by_a_half(SocketShutdown half) => AtEachStageAsync(async socket =>
    {
        socket.Socket.Shutdown(half);
        if (half == SocketShutdown.Send)
            await socket.DrainAsync(); // Nobody keeps it open.
        else
            await TryAsync(() => socket.SendAsync(new byte[10]));
    });

    [Fact]
    public Task Sockets_that_are_reset() => AtEachStageAsync(socket =>
    {
        socket.Abort();
        return Task.CompletedTask;
    });

    private Task AtEachStageAsync(Func<RawWebSocket, Task> end)
    {
        var stages = Enum.GetValues<Stage>();
        return BesideAsync(async _ => await AllAsync(stages.Length * Each, async i =>
        {
            await using var socket = await RawWebSocket.DialAsync(Node.WebSocket);
            await BringAsync(socket, stages[i % stages.Length]);
            await end(socket);
        }));
    }

    private static async Task BringAsync(RawWebSocket socket, Stage stage)
    {
        const string connect = """{"id":1,"connect":{}}""";
        if (stage == Stage.InTheRequest)
            await socket.SendAsciiAsync(socket.HandshakeRequest()[..50]);
        if (stage == Stage.BehindTheRequest)
            await socket.SendAsciiAsync(socket.HandshakeRequest());
        if (stage < Stage.Answered)
            return;

        await socket.ShakeHandsAsync();
        if (stage == Stage.InAFrame)
            await socket.SendAsync(RawFrame.OfText(connect).AsMemory(0, 9));
        if (stage < Stage.BehindACommand)
            return;

        await socket.SendTextAsync(connect);
        if (stage == Stage.BehindACommand)
            return;

        await socket.ReadMessageAsync();
        await socket.SendTextAsync($$$"""{"id":2,"subscribe":{"channel":"{{{Others}}}"}}""");
        await socket.ReadMessageAsync();
        if (stage == Stage.BehindAClose)
            await socket.SendAsync(RawFrame.OfClose(1000));
    }
}

/// <inheritdoc/>
[Collection(nameof(Alone))]
public sealed class EndingAbuseTests(BareAbuseServer server) : EndingAbuseContract(server), IClassFixture<BareAbuseServer>;

/// <inheritdoc/>
[Collection(nameof(Alone))]
public sealed class OrdinaryEndingAbuseTests(OrdinaryAbuseServer server) : EndingAbuseContract(server), IClassFixture<OrdinaryAbuseServer>;
