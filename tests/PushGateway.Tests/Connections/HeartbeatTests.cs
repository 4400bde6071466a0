namespace PushGateway.Tests.Connections;

/// <summary>A client that vanishes without a word is found within <c>PingInterval</c> + <c>PongTimeout</c>, whenever it vanished. Times are turns of the wheel, a second each.</summary>
public class HeartbeatTests
{
    private const int PingInterval = 25, PongTimeout = 8, ConnectTimeout = 10;

    // Two rounds of pings and more: what is true of the second is true of all that follow.
    private const int Moments = 70;

    private readonly TestNode _node = new();

    [Fact]
    public void Clients_are_pinged_every_25_seconds_and_have_8_to_answer_unless_told_otherwise()
    {
        Assert.Equal(TimeSpan.FromSeconds(PingInterval), _node.Options.Connections.PingInterval);
        Assert.Equal(TimeSpan.FromSeconds(PongTimeout), _node.Options.Connections.PongTimeout);
    }

    // A client that answers at once vanishes worst, right behind its answer; one that answers late, with a ping open.
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(PongTimeout - 1)]
    public async Task A_client_that_vanishes_is_found_within_33_seconds_whenever_that_is(int secondsToAnswer)
    {
        var longest = 0;
        for (var moment = 0; moment < Moments; moment++)
        {
            var client = await _node.ConnectAsync();
            await client.SubscribeAsync("news");
            await LiveAsync(client, moment, secondsToAnswer);
            Assert.True(client.Connection.IsOpen);
            longest = Math.Max(longest, TurnsUntilFound(client));
            Assert.Equal(3012, client.Transport.CloseCode);
            // Gone for everybody else at once, however long the socket is there.
            Assert.Equal(0, client.Connection.Subscriptions.Count);
        }

        Assert.InRange(longest, PingInterval, PingInterval + PongTimeout);
    }

    [Fact]
    public async Task The_longest_it_can_take_is_from_right_behind_a_pong_to_the_end_of_the_next_ping()
    {
        var client = await _node.ConnectAsync();
        var pings = client.Texts.Count;
        while (client.Texts.Count == pings)
            _node.Turn(1);
        await client.SendAsync("{}");
        Assert.Equal(PingInterval + PongTimeout, TurnsUntilFound(client));
    }

    [Fact]
    public void A_client_that_vanishes_before_it_connects_is_found_sooner()
    {
        for (var moment = 0; moment < ConnectTimeout; moment++)
        {
            var client = _node.Open();
            _node.Turn(moment);
            Assert.InRange(TurnsUntilFound(client), 1, ConnectTimeout + 1);
        }
    }

    // Answers each ping after so many seconds, and vanishes when its time is up, whether a ping is open or not.
    private async Task LiveAsync(TestClient client, int seconds, int secondsToAnswer)
    {
        var pings = client.Texts.Count;
        var answerIn = -1;
        for (var second = 0; second < seconds; second++)
        {
            _node.Turn(1);
            if (client.Texts.Count > pings)
                (pings, answerIn) = (client.Texts.Count, secondsToAnswer);
            if (answerIn-- == 0)
                await client.SendAsync("{}");
        }
    }

    private int TurnsUntilFound(TestClient client)
    {
        var turns = 0;
        for (; client.Connection.IsOpen; turns++)
        {
            Assert.True(turns < 2 * (PingInterval + PongTimeout), "It is not found at all.");
            _node.Turn(1);
        }

        return turns;
    }
}
