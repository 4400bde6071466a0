using System.Text;
using PushGateway.IntegrationTests.Infrastructure;

namespace PushGateway.IntegrationTests.Abuse;

/// <summary>Whoever breaks the rules of frames, or keeps them and sends without end.</summary>
public abstract class FrameAbuseContract(AbuseServer server) : AbuseSuite(server)
{
    private const int Many = 200;

    [Fact]
    public Task Frames_without_a_mask() => BesideAsync(async _ => await AllAsync(Many, async i =>
    {
        await using var client = await JoinAsync();
        var frame = RawFrame.Of(RawFrame.Text, new byte[i], masked: false);
        await client.Socket.SendAsync(frame);
        await client.Socket.ExpectCloseFrameAsync(1002);
        if (i % 2 == 0)
            await TryAsync(() => client.Socket.SendAsync(frame)); // And goes on.
    }));

    private static readonly byte[][] ForbiddenControls =
    [
        RawFrame.Of(RawFrame.Ping, new byte[126]),
        RawFrame.Of(RawFrame.Pong, new byte[60_000]),
        RawFrame.Of(RawFrame.Ping, claimedLength: 1UL << 32),
        RawFrame.Of(RawFrame.Close, claimedLength: long.MaxValue),
        RawFrame.Of(RawFrame.Ping, "half"u8, final: false),
        RawFrame.Of(RawFrame.Close, final: false),
        RawFrame.Of(RawFrame.Close, "1"u8),
        RawFrame.OfClose(1005),
        RawFrame.OfClose(65535),
        RawFrame.Of(11),
    ];

    private static readonly string[] Commands =
    [
        """{"id":#,"ping":{}}""",
        """{"id":#,"rpc":{}}""",
        """{"id":#,"subscribe":{"channel":"news:others"}}""",
        """{"id":#,"subscribe":{"channel":""}}""",
        """{"id":#,"presence_stats":{"channel":"chat:others"}}""",
    ];

    [Fact]
    public Task Control_frames_that_must_not_be() => BesideAsync(async _ => await AllAsync(30 * ForbiddenControls.Length, async i =>
    {
        await using var client = await JoinAsync();
        if (i % 3 == 0)
            await client.Socket.SendAsync(RawFrame.OfText("{\"id\":", final: false)); // In the middle of a message, too.
        await client.Socket.SendAsync(ForbiddenControls[i % ForbiddenControls.Length]);
        await client.Socket.ExpectCloseFrameAsync(1002);
    }));

    [Theory]
    [InlineData("x", 7)] // 70,000 bytes, above the limit of 65,536.
    [InlineData("", 50)]
    public async Task Fragments_without_end(string fragment, int bursts)
    {
        await using var node = GatewayNode.Start(Way, ("PushGateway:Connections:CloseTimeout", "00:00:02"), ("PushGateway:Connections:ChannelLinger", "00:00:01"));
        byte[] burst = [.. Enumerable.Repeat(RawFrame.Of(RawFrame.Continuation, Encoding.ASCII.GetBytes(fragment), final: false), 10_000).SelectMany(frame => frame)];
        await BesideAsync(node, async _ => await AllAsync(6, async i =>
        {
            await using var client = await RawClient.ConnectAsync(node, null, Others);
            await client.Socket.SendAsync(RawFrame.OfText("", final: false));
            for (var sent = 0; sent < bursts && await TryAsync(() => client.Socket.SendAsync(burst)); sent++)
            {
                // Those with something in them are too much in the end; the others weigh nothing.
            }

            if (fragment.Length > 0 && i % 2 == 0)
                await client.Socket.ExpectCloseFrameAsync(1009);
        }));
    }

    [Fact]
    public Task Floods_of_commands() => BesideAsync(async _ => await AllAsync(4 * Commands.Length, async i =>
    {
        var command = Commands[i % Commands.Length];
        await using var client = await JoinAsync();
        var reading = i % 2 == 0 ? client.Socket.DrainAsync() : Task.CompletedTask; // The others never look at an answer.
        for (var burst = 0; burst < 20; burst++)
        {
            var commands = string.Join('\n', Enumerable.Range(burst * 500, 500).Select(n => command.Replace("#", $"{n + 10}", StringComparison.Ordinal)));
            if (!await TryAsync(() => client.SendAsync(commands)))
                break; // Was told to slow down, and did not.
        }

        client.Socket.CloseSending();
        await reading;
    }));

    [Fact]
    public Task Subscriptions_that_come_and_go() => BesideAsync(async _ => await AllAsync(16, async i =>
    {
        await using var client = await JoinAsync();
        var reading = client.Socket.DrainAsync();
        var random = new Random(i);
        for (uint id = 10; id < 2000; id += 20)
        {
            var channel = $"news:churn-{random.Next(50)}";
            var commands = string.Join('\n', Enumerable.Range(0, 10).Select(n =>
                $$$"""{"id":{{{id + (2 * n)}}},"subscribe":{"channel":"{{{channel}}}"}}{{{"\n"}}}{"id":{{{id + (2 * n) + 1}}},"unsubscribe":{"channel":"{{{channel}}}"}}"""));
            if (!await TryAsync(() => client.SendAsync(commands)))
                break;
        }

        if (i % 2 == 0)
            client.Socket.CloseSending();
        else
            client.Socket.Socket.Shutdown(System.Net.Sockets.SocketShutdown.Both);
        await reading;
    }));
}

/// <inheritdoc/>
[Collection(nameof(Alone))]
public sealed class FrameAbuseTests(BareAbuseServer server) : FrameAbuseContract(server), IClassFixture<BareAbuseServer>;

/// <inheritdoc/>
[Collection(nameof(Alone))]
public sealed class OrdinaryFrameAbuseTests(OrdinaryAbuseServer server) : FrameAbuseContract(server), IClassFixture<OrdinaryAbuseServer>;
