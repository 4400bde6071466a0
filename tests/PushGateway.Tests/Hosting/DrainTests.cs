using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using PushGateway.Connections;
using PushGateway.Hosting;

namespace PushGateway.Tests.Hosting;

public sealed class DrainTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(100);

    private readonly TestNode _node = new();
    private readonly NodeState _state = new();
    private readonly CancellationTokenSource _hurry = new();
    private readonly Admission _admission;
    private Task _leaving = Task.CompletedTask;

    public DrainTests()
    {
        _admission = new Admission(Options.Create(_node.Options), _node.Time, NullLogger<Admission>.Instance);
        _state.Started();
    }

    public void Dispose()
    {
        _hurry.Dispose();
        _admission.Dispose();
    }

    [Fact]
    public async Task During_the_pause_the_node_is_not_ready_and_serves_on()
    {
        var client = await _node.ConnectAsync();
        await LeaveAsync(pause: 5, drain: 20);

        Assert.Equal("The node is leaving.", _state.WhyNotReady);
        await PassAsync(TimeSpan.FromSeconds(4.9));
        Assert.False(_admission.IsClosed);
        Assert.True(client.Connection.IsOpen);
        var late = await _node.ConnectAsync();
        Assert.True(late.Connection.IsOpen);

        await PassAsync(TimeSpan.FromSeconds(0.1));
        Assert.True(_admission.IsClosed);
        Assert.Equal(1, CountClosed([client, late]));
        Assert.False(_leaving.IsCompleted);
    }

    [Fact]
    public async Task Connections_are_closed_evenly_over_the_drain()
    {
        var clients = await ConnectAsync(100);
        await LeaveAsync(pause: 0, drain: 20);

        Assert.Equal(1, CountClosed(clients));
        for (var second = 1; second < 20; second++)
        {
            await PassAsync(TimeSpan.FromSeconds(1));
            Assert.Equal(1 + (5 * second), CountClosed(clients));
        }

        await PassAsync(TimeSpan.FromSeconds(1));
        Assert.All(clients, client => Assert.Equal(3001, client.Transport.CloseCode));
        await EndAsync(clients);
        await PassAsync(Step);
        await EndedAsync();
    }

    [Fact]
    public async Task Without_a_drain_everybody_is_told_at_once()
    {
        TestClient[] clients = [await _node.ConnectAsync(), await _node.ConnectAsync("42"), _node.Open()];
        Assert.All(clients, client => Assert.True(client.Connection.IsOpen));
        await LeaveAsync(pause: 0, drain: 0);
        Assert.All(clients, client => Assert.Equal(3001, client.Transport.CloseCode));
    }

    [Fact]
    public async Task With_nobody_to_close_only_the_pause_takes_time()
    {
        await LeaveAsync(pause: 5, drain: 20);
        await PassAsync(TimeSpan.FromSeconds(4.9));
        Assert.False(_leaving.IsCompleted);
        await PassAsync(TimeSpan.FromSeconds(0.1));
        await EndedAsync();
    }

    [Fact]
    public async Task The_drain_is_over_when_everybody_has_gone()
    {
        var clients = await ConnectAsync(3);
        await LeaveAsync(pause: 0, drain: 20);
        await EndAsync(clients);
        await PassAsync(TimeSpan.FromSeconds(0.1));
        await EndedAsync();
    }

    [Fact]
    public async Task A_connection_opened_during_the_drain_is_closed_at_once()
    {
        var clients = await ConnectAsync(3);
        await LeaveAsync(pause: 0, drain: 20);
        Assert.Equal(1, CountClosed(clients));

        var late = _node.Open();
        Assert.False(late.Connection.IsOpen);
        Assert.Equal(3001, late.Transport.CloseCode);
        Assert.Equal(1, CountClosed(clients));
    }

    [Fact]
    public async Task Clients_have_their_time_to_answer_the_close_frame_and_no_more()
    {
        await ConnectAsync(1);
        await LeaveAsync(pause: 0, drain: 20);
        await PassAsync(_node.Options.Connections.CloseTimeout);
        Assert.False(_leaving.IsCompleted);
        await PassAsync(TimeSpan.FromSeconds(2) + Step);
        await EndedAsync();
    }

    [Theory]
    [InlineData(5, 20)]
    [InlineData(0, 20)]
    public async Task Who_is_in_a_hurry_has_the_rest_closed_at_once(int pause, int drain)
    {
        var clients = await ConnectAsync(10);
        await LeaveAsync(pause, drain);
        Assert.False(_leaving.IsCompleted);

        await _hurry.CancelAsync();
        await UntilAsync(() => CountClosed(clients) == 10);
        Assert.True(_admission.IsClosed);
        Assert.False(_leaving.IsCompleted);
        await UntilAsync(() =>
        {
            _node.Time.Advance(Step);
            return _leaving.IsCompleted;
        });
    }

    // Away from the test's own context: so all that follows on a step of time has happened when the step is done.
    private Task LeaveAsync(int pause, int drain) => Task.Run(() =>
    {
        _node.Options.Shutdown = new ShutdownOptions { PauseSeconds = pause, DrainSeconds = drain };
        var times = new ShutdownTimes(Options.Create(_node.Options), new TestEnvironment());
        var run = new Drain(_state, _admission, _node.Registry, times, _node.Time, NullLogger<Drain>.Instance);
        _leaving = run.RunAsync(_hurry.Token);
        Assert.Same(_leaving, run.RunAsync(CancellationToken.None));
    });

    private Task PassAsync(TimeSpan time) => Task.Run(() =>
    {
        for (var passed = TimeSpan.Zero; passed < time; passed += Step)
            _node.Time.Advance(Step);
    });

    private Task EndedAsync() => _leaving.WaitAsync(Patience, TestContext.Current.CancellationToken);

    private static async Task UntilAsync(Func<bool> holds)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(Patience);
        while (!holds())
            await Task.Delay(10, patience.Token);
    }

    private async Task<TestClient[]> ConnectAsync(int count)
    {
        var clients = new TestClient[count];
        for (var i = 0; i < count; i++)
            clients[i] = await _node.ConnectAsync();
        return clients;
    }

    private static Task EndAsync(TestClient[] clients) => Task.WhenAll(clients.Select(client => client.Connection.EndAsync()));

    private static int CountClosed(TestClient[] clients) => clients.Count(client => client.Transport.CloseCode is not null);
}
