using System.Net.Sockets;
using PushGateway.IntegrationTests.Infrastructure;

namespace PushGateway.IntegrationTests.Abuse;

/// <summary>Whoever goes as it should not: by a half, or at once, at every stage that a client can be in.</summary>
public abstract class EndingAbuseContract(AbuseServer server) : AbuseSuite(server)
{
    private const int Each = 10, Ways = 4;

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

    [Fact]
    public Task Sockets_that_are_closed_by_a_half_or_reset()
    {
        var stages = Enum.GetValues<Stage>();
        return BesideAsync(async _ => await AllAsync(stages.Length * Each * Ways, async i =>
        {
            await using var socket = await RawWebSocket.DialAsync(Node.WebSocket);
            await BringAsync(socket, stages[i % stages.Length]);
            await EndAsync(socket, i / stages.Length % Ways);
        }));
    }

    private static async Task EndAsync(RawWebSocket socket, int way)
    {
        switch (way)
        {
            case 0:
                socket.CloseSending();
                await socket.DrainAsync(); // Nobody keeps it open.
                break;
            case 1:
                socket.Socket.Shutdown(SocketShutdown.Receive);
                await TryAsync(() => socket.SendAsync(new byte[10]));
                break;
            case 2:
                socket.Socket.Shutdown(SocketShutdown.Both);
                await TryAsync(() => socket.SendAsync(new byte[10]));
                break;
            default:
                socket.Abort();
                break;
        }
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
