using PushGateway.IntegrationTests.Infrastructure;

namespace PushGateway.IntegrationTests.WebSockets;

/// <summary>An endpoint against <see cref="ConformanceSuite"/>, with each exchange sent at once and byte by byte.</summary>
public abstract class ConformanceContract(SharedNode shared)
{
    private const string Client = "/connection/websocket";

    // Beyond this, byte by byte shows nothing that the shorter ones do not.
    private const int MaxSingleBytes = 600;

    public static TheoryData<string> ForClients => [.. ConformanceSuite.Cases.Values.Where(entry => !entry.EchoOnly).Select(entry => entry.Name)];

    [Theory]
    [MemberData(nameof(ForClients))]
    public Task Client_endpoint(string name) => RunAsync(name, Client);

    /// <summary>Runs a case at an endpoint.</summary>
    protected async Task RunAsync(string name, string endpoint)
    {
        var test = ConformanceSuite.Cases[name];
        await RunAsync(test, endpoint, AtOnce(test));
        await RunAsync(test, endpoint, ByteByByte(test));
    }

    private async Task RunAsync(ConformanceCase test, string endpoint, IReadOnlyList<byte[]>? packets)
    {
        if (packets is null)
            return;

        await using var socket = await RawWebSocket.OpenAsync(new Uri(shared.Node.WebSocket, endpoint));
        if (endpoint == Client)
        {
            await socket.SendTextAsync("""{"id":1,"connect":{}}""");
            await socket.ReadMessageAsync();
        }

        foreach (var packet in packets)
            await socket.SendAsync(packet);

        foreach (var expected in test.Expected)
        {
            var found = await socket.ReadFrameAsync();
            Assert.True(expected.Opcode == found.Opcode, $"Expected {expected}, found {found}.");
            if (expected.Opcode == RawFrame.Close)
                Assert.Equal(expected.CloseCode, found.CloseCode);
            else if (expected.Opcode == RawFrame.Text && endpoint == Client)
                Assert.Equal(ConformanceCase.Command, found.Body);
            else
                Assert.True(expected.Payload.AsSpan().SequenceEqual(found.Payload), $"Found another payload in {found}.");
        }

        if (!test.ServerCloses)
        {
            await socket.SendAsync(RawFrame.OfClose(4321, "done"));
            await socket.ExpectCloseFrameAsync(4321);
        }
        else if (!test.ClientCloses)
        {
            // Harmless where the frames of the case left the server inside of a payload.
            await socket.SendAsync(RawFrame.Of(RawFrame.Close));
            socket.CloseSending();
        }

        await socket.ExpectEndAsync();
    }

    private static byte[][] AtOnce(ConformanceCase test) => [Whole(test)];

    // What comes behind a close frame comes with its last byte: later the server has left already, as it may.
    private static byte[][]? ByteByByte(ConformanceCase test)
    {
        var whole = Whole(test);
        if (whole.Length > MaxSingleBytes)
            return null;

        var behind = test.Sent.SkipWhile(frame => !ConformanceCase.IsClose(frame)).Skip(1).Sum(frame => frame.Length);
        return [.. whole[..^(behind + 1)].Select(next => (byte[])[next]), whole[^(behind + 1)..]];
    }

    private static byte[] Whole(ConformanceCase test) => [.. test.Sent.SelectMany(frame => frame)];
}
