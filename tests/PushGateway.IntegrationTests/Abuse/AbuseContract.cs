using PushGateway.IntegrationTests.Infrastructure;

namespace PushGateway.IntegrationTests.Abuse;

/// <summary>Garbage, floods, and clients that stall or never read.</summary>
public abstract class AbuseContract(AbuseServer server) : AbuseSuite(server)
{
    private const int Many = 300;

    private static readonly (string, string) AnyNumberOfCommands = ("PushGateway:Connections:CommandsPerSecond", "0");

    [Fact]
    public Task Garbage_behind_the_handshake() => BesideAsync(async _ => await AllAsync(Many, async i =>
    {
        var random = new Random(i);
        var garbage = new byte[random.Next(1, 4096)];
        random.NextBytes(garbage);
        await using var socket = i % 2 == 0 ? await RawWebSocket.OpenAsync(Node.WebSocket) : (await JoinAsync()).Socket;
        await TryAsync(() => socket.SendAsync(garbage));
        if (i % 3 == 0)
            socket.Abort();
        else
            socket.CloseSending();
    }));

    [Fact]
    public Task Garbage_in_place_of_the_handshake() => BesideAsync(async _ => await AllAsync(Many, async i =>
    {
        var garbage = new byte[512];
        new Random(i).NextBytes(garbage);
        await using var socket = await RawWebSocket.DialAsync(Node.WebSocket);
        await TryAsync(() => socket.SendAsync(garbage));
        await TryAsync(() => socket.SendAsciiAsync("\r\n\r\n"));
        await socket.DrainAsync();
    }));

    [Fact]
    public Task Clients_that_stall_in_the_middle_of_a_frame() => BesideAsync(async steady =>
    {
        var clients = await AllAsync(Many, async i =>
        {
            var client = await JoinAsync();
            var frame = RawFrame.OfText(new string('x', 1000));
            await client.Socket.SendAsync(frame.AsMemory(0, 1 + (i % 900)));
            return client;
        });
        await steady.ProgressAsync(200);
        Assert.Equal(Many + 1, await Node.CountConnectionsAsync());
        await Node.PostAsync(Others, "1");
        foreach (var client in clients)
        {
            // Who stalls in sending still receives.
            Assert.Contains("\"data\":1", await client.ReadAsync(), StringComparison.Ordinal);
            await client.DisposeAsync();
        }
    });

    [Fact]
    public async Task Clients_that_never_read()
    {
        const int silent = 20, notifications = 1500;
        var large = new string('x', 32_000);
        await BesideAsync(
            async steady =>
            {
                var clients = await AllAsync(silent, _ => JoinAsync(receiveBufferBytes: 4096));
                var before = GC.GetTotalMemory(forceFullCollection: true);
                for (var i = 0; i < notifications; i++)
                    await Node.PostAsync(Others, $"[{i},\"{large}\"]");
                await Eventually.EqualAsync(notifications, () => steady.ReceivedFromSecond);
                await Eventually.EqualAsync(1, Node.CountConnectionsAsync);
                var grown = GC.GetTotalMemory(forceFullCollection: true) - before;
                Assert.True(grown < 64 * 1024 * 1024, $"{grown:N0} bytes more than before are in use.");
                foreach (var client in clients)
                    await client.DisposeAsync();
            },
            second: Others);
    }

    [Fact]
    public async Task A_client_that_reads_too_late_learns_that_it_was_slow()
    {
        await using var node = GatewayNode.Start(Way, ("PushGateway:Connections:OutboxBytes", "131072"), ("PushGateway:Api:MaxDataBytes", "32768"));
        await using var client = await RawClient.OpenAsync(node, receiveBufferBytes: 4096);
        await client.ConnectAsync();
        await client.SubscribeAsync(Others);
        var large = $"\"{new string('x', 32_000)}\"";
        while (await node.ListChannelsAsync() != "")
            await node.PostAsync(Others, large);

        RawFrame frame;
        while ((frame = await client.Socket.ReadFrameAsync()).Opcode == RawFrame.Text)
        {
        }

        Assert.Equal((RawFrame.Close, 3008, "slow"), (frame.Opcode, frame.CloseCode, frame.CloseReason));
    }

    [Fact]
    public Task Clients_that_stop_sending() => BesideAsync(async _ => await AllAsync(Many, async i =>
    {
        await using var client = await JoinAsync();
        if (i % 2 == 0)
            await client.Socket.SendAsync(RawFrame.OfText("{").AsMemory(0, 6));
        client.Socket.CloseSending();
        await client.Socket.DrainAsync();
    }));

    [Fact]
    public Task Clients_that_connect_and_vanish() => BesideAsync(async _ => await AllAsync(3000, async i =>
    {
        await using var socket = await RawWebSocket.DialAsync(Node.WebSocket);
        byte[] all =
        [
            .. System.Text.Encoding.ASCII.GetBytes(socket.HandshakeRequest()),
            .. RawFrame.OfText($$$"""{"id":1,"connect":{}}{{{"\n"}}}{"id":2,"subscribe":{"channel":"{{{Others}}}"}}"""),
            .. RawFrame.OfText($$$"""{"id":3,"subscribe":{"channel":"news:{{{i % 50}}}"}}"""),
        ];
        await TryAsync(() => socket.SendAsync(all.AsMemory(0, i % 3 == 0 ? all.Length : new Random(i).Next(all.Length))));
        if (i % 5 == 0)
            await socket.ReadHeadAsync().WaitAsync(TimeSpan.FromMilliseconds(2), Cancellation).ContinueWith(_ => { }, TaskScheduler.Default);
        socket.Abort();
    }));

    [Fact]
    public Task Floods_of_pings() => BesideAsync(async _ => await AllAsync(10, async i =>
    {
        const int pings = 10_000;
        await using var client = await JoinAsync();
        byte[] burst = [.. Enumerable.Repeat(RawFrame.Of(RawFrame.Ping, new byte[100]), 100).SelectMany(frame => frame)];
        if (i % 2 == 0)
        {
            var reading = Task.Run(
                async () =>
                {
                    for (var n = 0; n < pings; n++)
                        Assert.Equal(RawFrame.Pong, (await client.Socket.ReadFrameAsync()).Opcode);
                },
                Cancellation);
            for (var n = 0; n < pings; n += 100)
                await client.Socket.SendAsync(burst);
            await reading;
        }
        else
        {
            // Never reads the answers: is closed as slow, or cut.
            for (var n = 0; n < pings * 10 && await TryAsync(() => client.Socket.SendAsync(burst)); n += 100)
            {
            }
        }
    }));

    [Fact]
    public Task Headers_that_promise_too_much() => BesideAsync(async _ => await AllAsync(Many, async i =>
    {
        ulong[] lengths = [1_048_577, int.MaxValue, 1UL << 31, uint.MaxValue, 1UL << 62, long.MaxValue, 1UL << 63, ulong.MaxValue];
        await using var client = await JoinAsync();
        await client.Socket.SendAsync(RawFrame.Of(i % 2 == 0 ? RawFrame.Text : RawFrame.Binary, claimedLength: lengths[i % lengths.Length]));
        await client.Socket.ExpectCloseFrameAsync(lengths[i % lengths.Length] > long.MaxValue ? 1002 : 1009);
    }));

    [Fact]
    public Task Clients_that_send_byte_by_byte() => BesideAsync(async steady =>
    {
        var clients = await AllAsync(50, _ => RawWebSocket.DialAsync(Node.WebSocket));
        byte[] all = [.. System.Text.Encoding.ASCII.GetBytes(clients[0].HandshakeRequest()), .. RawFrame.OfText("""{"id":1,"connect":{}}""")];
        for (var i = 0; i < all.Length; i++)
        {
            foreach (var client in clients)
                await client.SendAsync(all.AsMemory(i, 1));
            if (i % 50 == 0)
                await steady.ProgressAsync(1);
        }

        foreach (var client in clients)
        {
            Assert.Equal(101, (await client.ReadHeadAsync()).Status);
            Assert.StartsWith("""{"id":1,"connect":{""", await client.ReadMessageAsync(), StringComparison.Ordinal);
            await client.LeaveAsync();
            await client.DisposeAsync();
        }
    });

    [Theory]
    [InlineData("""{"id":#,"ping":{}}""", """{"id":#,"ping":{}}""")]
    [InlineData("""{"id":#,"rpc":{}}""", """{"id":#,"error":{"code":108,"message":"not available"}}""")]
    [InlineData("""{"id":#,"unsubscribe":{"channel":"a"}}""", """{"id":#,"unsubscribe":{}}""")]
    public async Task Thousands_of_commands_in_one_frame(string command, string reply)
    {
        await using var node = StartWithoutLimit();
        await BesideAsync(node, async _ =>
        {
            await using var client = await RawClient.ConnectAsync(node, null, Others);
            var numbers = Enumerable.Range(1, 10_000).ToArray();
            await client.SendAsync(string.Join('\n', numbers.Select(n => command.Replace("#", $"{n}", StringComparison.Ordinal))));
            foreach (var n in numbers)
                Assert.Equal(reply.Replace("#", $"{n}", StringComparison.Ordinal), await client.ReadAsync());
        });
    }

    [Fact]
    public async Task A_batch_whose_replies_are_more_than_the_outbox_holds_is_answered_while_the_client_reads()
    {
        await using var node = GatewayNode.Start(Way, ("PushGateway:Connections:OutboxBytes", "16384"), ("PushGateway:Api:MaxDataBytes", "4096"), AnyNumberOfCommands);
        await using var client = await RawClient.ConnectAsync(node);
        var numbers = Enumerable.Range(1, 1000).ToArray();
        await client.SendAsync(string.Join('\n', numbers.Select(n => $$$"""{"id":{{{n}}},"rpc":{}}""")));
        foreach (var n in numbers)
            Assert.Equal($$$"""{"id":{{{n}}},"error":{"code":108,"message":"not available"}}""", await client.ReadAsync());
    }

    [Fact]
    public async Task Floods_of_publications()
    {
        await using var node = StartWithoutLimit();
        await BesideAsync(node, async _ =>
        {
            const int writers = 4, each = 2500;
            await using var reader = await RawClient.ConnectAsync(node, null, "chat:flood");
            var reading = Task.Run(
                async () =>
                {
                    for (var n = 0; n < writers * each; n++)
                        Assert.StartsWith("""{"push":{"channel":"chat:flood",""", await reader.ReadAsync(), StringComparison.Ordinal);
                },
                Cancellation);
            await AllAsync(writers, async i =>
            {
                await using var client = await RawClient.ConnectAsync(node);
                var commands = string.Join('\n', Enumerable.Range(1, 100).Select(n => $$$"""{"id":{{{n}}},"publish":{"channel":"chat:flood","data":[{{{i}}},{{{n}}}]}}"""));
                for (var sent = 0; sent < each; sent += 100)
                {
                    await client.SendAsync(commands);
                    for (var n = 1; n <= 100; n++)
                        Assert.Equal($$$"""{"id":{{{n}}},"publish":{}}""", await client.ReadAsync());
                }
            });
            await reading;
        });
    }

    // What is looked at is what a node can do, and not what it lets a client.
    private GatewayNode StartWithoutLimit() => GatewayNode.Start(
        Way, AnyNumberOfCommands, ("PushGateway:Connections:MaxMessageBytes", "1048576"), ("PushGateway:Connections:ChannelLinger", "00:00:01"));
}
