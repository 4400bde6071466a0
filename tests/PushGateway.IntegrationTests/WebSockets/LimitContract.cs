using PushGateway.IntegrationTests.Infrastructure;

namespace PushGateway.IntegrationTests.WebSockets;

/// <summary>Messages at and beyond the limits, and what a client sees of the end while it is still sending.</summary>
public abstract class LimitContract(SharedNode shared)
{
    private const int ClientLimit = 64 * 1024, EchoLimit = 16 * 1024 * 1024;
    private const int TooBig = 1009;

    [Theory]
    [InlineData(RawFrame.Text)]
    [InlineData(RawFrame.Binary)]
    public async Task Echo_takes_the_largest_message(int opcode)
    {
        await using var socket = await OpenAsync("/echo");
        var message = new byte[EchoLimit];
        message.AsSpan().Fill((byte)'m');
        var sending = socket.SendAsync(RawFrame.Of(opcode, message));
        var echo = await socket.ReadFrameAsync();
        await sending;
        Assert.Equal(opcode, echo.Opcode);
        Assert.True(message.AsSpan().SequenceEqual(echo.Payload));
        await socket.LeaveAsync();
    }

    [Theory]
    [InlineData("/connection/websocket", ClientLimit)]
    [InlineData("/echo", EchoLimit)]
    public async Task One_byte_more_is_refused_before_it_is_sent(string endpoint, int limit)
    {
        await using var socket = await OpenAsync(endpoint);
        await socket.SendAsync(RawFrame.Of(RawFrame.Text, claimedLength: (ulong)limit + 1));
        await socket.ExpectCloseFrameAsync(TooBig);
    }

    [Theory]
    [InlineData("/connection/websocket", ClientLimit)]
    [InlineData("/echo", EchoLimit)]
    public async Task One_byte_more_is_refused_in_the_last_of_many_fragments(string endpoint, int limit)
    {
        await using var socket = await OpenAsync(endpoint);
        var fragment = new byte[16 * 1024];
        for (var sent = 0; sent < limit; sent += fragment.Length)
            await socket.SendAsync(RawFrame.Of(sent == 0 ? RawFrame.Binary : RawFrame.Continuation, fragment, final: false));
        await socket.SendAsync(RawFrame.Of(RawFrame.Continuation, "1"u8));
        await socket.ExpectCloseAsync(TooBig);
    }

    [Theory]
    [InlineData("/connection/websocket", ClientLimit + 1)]
    [InlineData("/connection/websocket", 32 * 1024 * 1024)]
    [InlineData("/echo", 32 * 1024 * 1024)]
    public async Task A_client_that_first_sends_all_and_then_reads_still_learns_why(string endpoint, int bytes)
    {
        await using var socket = await OpenAsync(endpoint);
        await socket.SendAsync(RawFrame.Of(RawFrame.Binary, new byte[bytes]));
        await socket.ExpectCloseAsync(TooBig);
    }

    [Theory]
    [InlineData("/connection/websocket")]
    [InlineData("/echo")]
    public async Task Whatever_is_refused_the_reason_is_read_while_the_client_goes_on_sending(string endpoint)
    {
        await using var socket = await OpenAsync(endpoint);
        await socket.SendAsync(RawFrame.Of(opcode: 5));
        var frame = RawFrame.OfText(new string('x', 60_000));
        for (var i = 0; i < 100; i++)
            await socket.SendAsync(frame);
        await socket.ExpectCloseAsync(1002);
    }

    [Theory]
    [InlineData("/connection/websocket")]
    [InlineData("/echo")]
    public async Task A_client_that_does_not_answer_the_close_frame_is_cut(string endpoint)
    {
        await using var node = GatewayNode.Start(shared.Way, ("PushGateway:Connections:CloseTimeout", "00:00:02"));
        await using var socket = await RawWebSocket.OpenAsync(new Uri(node.WebSocket, endpoint));
        await socket.SendAsync(RawFrame.Of(opcode: 5));
        await socket.ExpectCloseFrameAsync(1002);
        await socket.DrainAsync();
    }

    [Fact]
    public async Task Echo_cuts_a_client_that_completes_no_message()
    {
        await using var node = GatewayNode.Start(("PushGateway:Echo:IdleTimeout", "00:00:01"));
        await using var socket = await RawWebSocket.OpenAsync(new Uri(node.WebSocket, "/echo"));
        await socket.SendAsync(RawFrame.OfText("begun", final: false));
        await socket.DrainAsync();
    }

    [Theory]
    [InlineData("/connection/websocket")]
    [InlineData("/echo")]
    public async Task An_end_without_a_close_frame_is_answered_with_an_end(string endpoint)
    {
        await using var socket = await OpenAsync(endpoint);
        await socket.SendAsync(RawFrame.Of(RawFrame.Ping, "last"u8));
        Assert.Equal("last", (await socket.ReadFrameAsync()).Body);
        socket.CloseSending();
        await socket.DrainAsync();
    }

    [Theory]
    [InlineData("/connection/websocket")]
    [InlineData("/echo")]
    public async Task An_empty_close_frame_is_answered(string endpoint)
    {
        await using var socket = await OpenAsync(endpoint);
        await socket.SendAsync(RawFrame.Of(RawFrame.Close));
        var answer = await socket.ReadFrameAsync();
        Assert.Equal(RawFrame.Close, answer.Opcode);
        Assert.True(answer.CloseCode is null or 1000);
        await socket.ExpectEndAsync();
    }

    private Task<RawWebSocket> OpenAsync(string endpoint) => RawWebSocket.OpenAsync(new Uri(shared.Node.WebSocket, endpoint));
}
