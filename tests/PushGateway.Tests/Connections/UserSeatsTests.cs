using PushGateway.Connections;

namespace PushGateway.Tests.Connections;

/// <summary>How many connections a user may have.</summary>
public class UserSeatsTests
{
    [Fact]
    public async Task One_connection_too_many_is_closed_and_one_that_ended_makes_room()
    {
        var node = new TestNode(options => options.Connections.MaxConnectionsPerUser = 2);
        var first = await node.ConnectAsync("42");
        var second = await node.ConnectAsync("42");
        var third = await node.ConnectAsync("42");
        var other = await node.ConnectAsync("43");
        for (var i = 0; i < 3; i++)
            Assert.Null((await node.ConnectAsync()).Transport.CloseCode); // Nobody is no user.
        Assert.Equal(3504, third.Transport.CloseCode);
        Assert.Null(second.Transport.CloseCode);
        Assert.Null(other.Transport.CloseCode);
        await third.Connection.EndAsync(); // Which had no seat to leave.
        Assert.Equal(3504, (await node.ConnectAsync("42")).Transport.CloseCode);
        await first.Connection.EndAsync();
        Assert.Null((await node.ConnectAsync("42")).Transport.CloseCode);
    }

    [Fact]
    public async Task However_many_come_at_once_no_more_and_no_less_are_let_in_than_may()
    {
        const int limit = 7, users = 3;
        var seats = new UserSeats(limit);
        for (var round = 0; round < 200; round++)
        {
            var taken = new int[users];
            await Task.WhenAll(Enumerable.Range(0, 60).Select(i => Task.Run(() =>
            {
                if (seats.TryTake($"{i % users}"))
                    Interlocked.Increment(ref taken[i % users]);
            })));
            Assert.All(taken, static count => Assert.Equal(limit, count));
            await Task.WhenAll(Enumerable.Range(0, users * limit).Select(i => Task.Run(() => seats.Leave($"{i % users}"))));
        }
    }
}
