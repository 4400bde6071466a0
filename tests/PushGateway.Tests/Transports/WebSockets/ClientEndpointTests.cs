using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using PushGateway.Connections;
using PushGateway.Diagnostics;
using PushGateway.Security;
using PushGateway.Security.Origins;
using PushGateway.Transports;
using PushGateway.Transports.WebSockets;
using static PushGateway.Tests.Transports.WebSockets.ClientFrame;

namespace PushGateway.Tests.Transports.WebSockets;

public sealed class ClientEndpointTests : IDisposable
{
    private readonly TestNode _node = new(options => options.Connections.MaxMessageBytes = 2000);
    private readonly Admission _admission;

    public ClientEndpointTests() => _admission = new Admission(Options.Create(_node.Options), _node.Time, NullLogger<Admission>.Instance);

    public void Dispose() => _admission.Dispose();

    [Fact]
    public async Task A_client_is_served_from_the_handshake_to_the_close_frame()
    {
        var (request, serving) = await ConnectAsync();
        await request.SendAsync([.. Make(Ping, "still there?"), .. Make(Text, """{"id":2,"ping":{}}"""), .. Make(Pong, "")]);
        await request.SendAsync(Make(Close, [0x0F, 0xA0, .. "bye"u8]));
        await EndAsync(serving);

        Assert.Equal([Opcode.Text, Opcode.Pong, Opcode.Text, Opcode.Close], request.Sent.Select(frame => frame.Opcode));
        Assert.Equal("still there?", request.Sent[1].Text);
        Assert.Equal(4000, request.Sent[3].CloseCode);
        Assert.Equal(0, _node.Registry.SessionCount);
    }

    [Theory]
    [InlineData("42", """
        "subs":{"#42":{"recoverable":true
        """)]
    [InlineData("a b", "\"pong\":true")]
    [InlineData("", "\"pong\":true")]
    public async Task The_user_is_whom_the_host_has_authenticated_if_that_can_stand_in_a_name(string user, string expected)
    {
        var (request, serving) = await ConnectAsync(user);
        Assert.Contains(expected, request.Sent[0].Text, StringComparison.Ordinal);
        Assert.Equal(user == "42" ? 1 : 0, _node.Hub.ChannelCount);
        await request.HangUpAsync();
        await EndAsync(serving);
    }

    public static TheoryData<int, byte[]> Bad { get; } = new()
    {
        { 1002, MakeUnmasked(Text, "{}"u8) },
        { 1002, Make(0x83, "") },
        { 1002, Make(Ping, new byte[126]) },
        { 1002, Make(Close, [7]) },
        { 1002, Make(Close, [0x03, 0xED]) },
        { 1007, Make(Text, [0xC3, 0x28]) },
        { 1009, Make(Text, new byte[2001]) },
        { 3501, Make(Text, "nonsense") },
        { 3501, Make(Text, "") },
        { 3506, Make(Binary, "{}") },
    };

    [Theory]
    [MemberData(nameof(Bad))]
    public async Task Whoever_breaks_the_rules_is_told_which_and_nothing_more_is_carried_out(int code, byte[] bytes)
    {
        var (request, serving) = await ConnectAsync();
        await request.SendAsync(bytes);
        await request.SendAsync(Make(Text, """{"id":2,"ping":{}}"""));
        await request.HangUpAsync();
        await EndAsync(serving);
        Assert.Equal([Opcode.Text, Opcode.Close], request.Sent.Select(frame => frame.Opcode));
        Assert.Equal(code, request.Sent[1].CloseCode);
        Assert.False(request.IsAborted);
    }

    [Fact]
    public async Task Whoever_does_not_answer_the_close_frame_is_cut()
    {
        var (request, serving) = await ConnectAsync();
        await request.SendAsync(Make(Text, "nonsense"));
        while (request.Sent.Count < 2)
            await Task.Delay(1, TestContext.Current.CancellationToken);
        _node.Turn(6);
        Assert.True(request.IsAborted);
        await EndAsync(serving);
    }

    [Theory]
    [InlineData(typeof(IOException), false)]
    [InlineData(typeof(OperationCanceledException), false)]
    [InlineData(typeof(InvalidOperationException), true)]
    public async Task Whatever_ends_the_reading_nothing_is_left_behind(Type failure, bool isThrown)
    {
        var (request, serving) = await ConnectAsync("42");
        Assert.Equal(1, _node.Registry.SessionCount);
        request.Failure = (Exception)Activator.CreateInstance(failure)!;
        await request.HangUpAsync();
        Assert.Equal(isThrown, await Record.ExceptionAsync(() => EndAsync(serving)) is not null);

        Assert.Equal(0, _node.Registry.SessionCount);
        Assert.Empty(_node.Hub.ListChannels(new(null, null, 10)));
    }

    private async Task EndAsync(Task serving)
    {
        try
        {
            await serving.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
        }
        finally
        {
            Assert.Equal(0, _admission.Clients);
        }
    }

    private async Task<(UpgradeableRequest Request, Task Serving)> ConnectAsync(string? user = null)
    {
        var request = new UpgradeableRequest(user);
        var identities = new ClientIdentities(Options.Create(_node.Options), NullLogger<ClientIdentities>.Instance);
        var handshake = new WebSocketHandshake(_admission, new OriginRules(Options.Create(_node.Options), new TestEnvironment()), new ConnectionMeters(_node.Meter));
        var headers = new WantedHeaders(_node.Callback);
        var serving = new ClientEndpoint(handshake, _admission, identities, headers, _node.Registry, new ClientMessages(_node.Commands)).ServeAsync(request.Context);
        await request.SendAsync(Make(Text, """{"id":1,"connect":{}}"""));
        while (request.Sent.Count == 0 && !serving.IsCompleted)
            await Task.Delay(1, TestContext.Current.CancellationToken);
        return (request, serving);
    }
}
