using PushGateway.Cluster;
using PushGateway.Connections;

namespace PushGateway.Tests.Diagnostics;

public sealed class ConnectionMetersTests : IDisposable
{
    private readonly TestNode _node = new(options => options.Connections.OutboxBytes = 16 * 1024);
    private readonly Measured _measured;

    public ConnectionMetersTests() => _measured = new Measured(_node.Meter);

    [Fact]
    public async Task Each_session_ends_once_and_by_the_code_it_was_closed_with()
    {
        var (shutdown, gone, chosen, answered) = (await _node.ConnectAsync(), await _node.ConnectAsync(), await _node.ConnectAsync(), await _node.ConnectAsync());
        Assert.Equal((4, 4), (_measured["connects"], _node.Registry.SessionCount));

        shutdown.Connection.Close(CloseReason.Shutdown);
        shutdown.Connection.Close(CloseReason.Slow);
        await shutdown.Connection.EndAsync();
        await gone.Connection.EndAsync();
        chosen.Connection.Close(CloseReason.Of(new Disconnection("42") { Code = 4123 }));
        answered.Connection.Close(CloseReason.Normal);
        Assert.Equal((1, 2, 1), (_measured["disconnects{code=3001}"], _measured["disconnects{code=gone}"], _measured["disconnects{code=other}"]));
        Assert.Equal((0, 0), (_measured["disconnects{code=3008}"], _node.Registry.SessionCount));
        Assert.Equal(0, _measured["connects_refused#"]);
    }

    [Fact]
    public async Task Who_never_had_a_session_is_counted_apart()
    {
        _ = _node.Open().Connection;
        _node.Turn(11);
        await _node.Open().SendAsync("nonsense");
        var left = _node.Open();
        await left.Connection.EndAsync();
        Assert.Equal((1, 1), (_measured["connects_refused{code=3502}"], _measured["connects_refused{code=3501}"]));
        Assert.Equal((0, 0), (_measured["connects"], _node.Registry.SessionCount));
        Assert.Equal(0, _measured["disconnects{code=gone}"]);
    }

    [Fact]
    public async Task Commands_that_fail_are_counted_by_their_error()
    {
        var client = await _node.ConnectAsync();
        await client.SubscribeAsync("none:such");
        await client.SubscribeAsync("news");
        await client.SubscribeAsync("news");
        Assert.Equal((1, 1), (_measured["command_errors{code=102}"], _measured["command_errors{code=105}"]));
    }

    [Fact]
    public async Task Bytes_of_clients_that_have_left_still_count()
    {
        var (first, second) = (await _node.ConnectAsync(), await _node.ConnectAsync());
        foreach (var client in (TestClient[])[first, second])
        {
            await client.SubscribeAsync("news");
            client.Connection.CountReceived(100);
        }

        _node.Deliver("news", "1");
        var sent = (long)first.Transport.Writes.Concat(second.Transport.Writes).Sum(write => write.Length);
        Assert.Equal((sent, 200L), _node.Registry.Bytes);
        await first.Connection.EndAsync();
        Assert.Equal((sent, 200L), _node.Registry.Bytes);
    }

    public void Dispose() => _measured.Dispose();
}
