namespace PushGateway.Tests.Connections;

/// <summary>How much a client may ask for.</summary>
public class CommandBudgetTests
{
    private const int PerSecond = 10, Burst = 30;
    private const string Ping = """{"id":2,"ping":{}}""", Pong = """{"id":2,"ping":{}}""", Refused = """{"id":2,"error":{"code":111,"message":"too many requests","temporary":true}}""";

    private readonly TestNode _node = new(options => (options.Connections.CommandsPerSecond, options.Connections.CommandBurst) = (PerSecond, Burst));

    [Fact]
    public async Task A_client_that_asks_too_much_is_refused_and_asks_again_later()
    {
        var client = await _node.ConnectAsync(); // Which is the first command.
        for (var i = 1; i < Burst; i++)
            await AssertAsync(client, Pong);
        await AssertAsync(client, Refused);
        _node.Time.Advance(TimeSpan.FromSeconds(1));
        for (var i = 1; i < PerSecond; i++) // One less, for the one that was refused.
            await AssertAsync(client, Pong);
        await AssertAsync(client, Refused);
        Assert.Null(client.Transport.CloseCode);
    }

    [Fact]
    public async Task A_client_that_goes_on_is_closed_and_its_commands_are_not_carried_out()
    {
        var client = await _node.ConnectAsync();
        await client.SendAsync(string.Join('\n', Enumerable.Repeat("""{"id":2,"subscribe":{"channel":"x"}}""", (2 * Burst) + 10)));
        Assert.Equal(3013, client.Transport.CloseCode);
        Assert.Equal(Burst, client.Texts.Count(static text => text == Refused));
    }

    [Fact]
    public async Task A_client_that_asks_steadily_is_never_refused()
    {
        var client = await _node.ConnectAsync();
        for (var i = 0; i < 20 * PerSecond; i++)
        {
            _node.Time.Advance(TimeSpan.FromSeconds(1) / PerSecond);
            await AssertAsync(client, Pong);
        }
    }

    [Fact]
    public async Task What_was_not_used_is_saved_up_to_the_burst_and_no_further()
    {
        var client = await _node.ConnectAsync();
        _node.Time.Advance(TimeSpan.FromDays(1));
        for (var i = 0; i < Burst; i++)
            await AssertAsync(client, Pong);
        await AssertAsync(client, Refused);
    }

    [Fact]
    public async Task Answers_to_pings_are_no_commands()
    {
        var client = await _node.ConnectAsync();
        for (var answered = 0; answered < 4 * Burst; answered++)
        {
            for (var sent = client.Texts.Count; client.Texts.Count == sent;)
                _node.Turn(1);
            await client.SendAsync("{}");
        }

        Assert.Null(client.Transport.CloseCode);
        await AssertAsync(client, Pong);
    }

    [Fact]
    public async Task Without_a_limit_there_is_none()
    {
        var node = new TestNode(options => (options.Connections.CommandsPerSecond, options.Connections.CommandBurst) = (0, 1));
        var client = await node.ConnectAsync();
        await client.SendAsync(string.Join('\n', Enumerable.Repeat(Ping, 5000)));
        Assert.Null(client.Transport.CloseCode);
        Assert.Equal(5000, client.Texts.Count(static text => text == Pong));
    }

    private static async Task AssertAsync(TestClient client, string expected)
    {
        await client.SendAsync(Ping);
        Assert.Equal(expected, client.LastText);
    }
}
