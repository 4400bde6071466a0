using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using PushGateway.Connections;

namespace PushGateway.Tests.Connections;

public sealed class SweeperTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly Sweeper _sweeper;

    public SweeperTests() => _sweeper = new Sweeper(_time, NullLogger<Sweeper>.Instance);

    public void Dispose() => _sweeper.Dispose();

    [Theory]
    [InlineData(1, 2)]
    [InlineData(8, 9)]
    [InlineData(8.1, 10)]
    [InlineData(63, 64)]
    [InlineData(64, 65)]
    [InlineData(65, 66)]
    [InlineData(128, 129)]
    [InlineData(1000, 1001)]
    [InlineData(0, 1)]
    [InlineData(0.3, 2)]
    [InlineData(-5, 1)]
    public void A_deadline_comes_with_the_first_turn_that_is_not_early(double delay, int expected)
    {
        for (var start = 0; start < 3; start++)
        {
            var entry = Schedule(delay);
            Assert.Equal(expected, TurnsUntilDue(entry));
            Turn(200);
            Assert.Equal(1, entry.Times);
        }
    }

    [Fact]
    public void A_deadline_can_be_moved_later()
    {
        var entry = Schedule(5);
        Turn(3);
        _sweeper.Schedule(entry, TimeSpan.FromSeconds(5));
        Assert.Equal(6, TurnsUntilDue(entry));
        Turn(100);
        Assert.Equal(1, entry.Times);
    }

    [Fact]
    public void A_deadline_can_be_moved_earlier()
    {
        var entry = Schedule(50);
        _sweeper.Schedule(entry, TimeSpan.FromSeconds(2));
        Assert.Equal(3, TurnsUntilDue(entry));
        Turn(100);
        Assert.Equal(1, entry.Times);
    }

    [Fact]
    public void Postponed_deadlines_keep_their_distance_exactly()
    {
        Entry entry = null!;
        entry = new Entry(() => _sweeper.Postpone(entry, TimeSpan.FromSeconds(8)));
        _sweeper.Schedule(entry, TimeSpan.FromSeconds(3));
        Assert.Equal(4, TurnsUntilDue(entry));
        Assert.Equal(8, TurnsUntilDue(entry));
        Turn(3);
        _sweeper.Postpone(entry, TimeSpan.FromSeconds(17));
        Assert.Equal(22, TurnsUntilDue(entry));
    }

    [Fact]
    public void A_deadline_that_is_moved_or_cleared_at_the_moment_it_comes_does_not_come()
    {
        var moved = new Entry();
        var cleared = new Entry();
        var first = new Entry(() =>
        {
            _sweeper.Schedule(moved, TimeSpan.FromSeconds(5));
            _sweeper.Cancel(cleared);
        });
        foreach (var entry in (Entry[])[moved, cleared, first]) // The last one scheduled is the first one due.
            _sweeper.Schedule(entry, TimeSpan.FromSeconds(1));
        Turn(2);
        Assert.Equal((1, 0, 0), (first.Times, moved.Times, cleared.Times));
        Turn(100);
        Assert.Equal((1, 1, 0), (first.Times, moved.Times, cleared.Times));
    }

    [Fact]
    public void A_deadline_that_was_cancelled_does_not_come()
    {
        var entry = Schedule(3);
        _sweeper.Cancel(entry);
        _sweeper.Cancel(entry);
        Turn(200);
        Assert.Equal(0, entry.Times);
    }

    [Fact]
    public void An_entry_may_be_scheduled_again_when_its_deadline_has_come()
    {
        Entry entry = null!;
        entry = new Entry(() => _sweeper.Schedule(entry, TimeSpan.FromSeconds(1)));
        _sweeper.Schedule(entry, TimeSpan.FromSeconds(1));
        Turn(100);
        Assert.Equal(50, entry.Times);
    }

    [Fact]
    public void An_entry_that_throws_does_not_stop_the_others()
    {
        var before = Schedule(1);
        _sweeper.Schedule(new Entry(() => throw new InvalidOperationException("A test.")), TimeSpan.FromSeconds(1));
        var behind = Schedule(1);
        var later = Schedule(2);
        Turn(3);
        Assert.Equal((1, 1, 1), (before.Times, behind.Times, later.Times));
    }

    [Fact]
    public void Any_order_of_scheduling_cancelling_and_turning_gives_what_a_list_of_deadlines_gives()
    {
        var random = new Random(99);
        var entries = Enumerable.Range(0, 60).Select(_ => new Entry()).ToArray();
        var deadlines = new long?[entries.Length];
        var expected = new int[entries.Length];
        for (long now = 0; now < 3000;)
        {
            var i = random.Next(entries.Length);
            switch (random.Next(4))
            {
                case 0:
                    _sweeper.Cancel(entries[i]);
                    deadlines[i] = null;
                    break;
                case 1:
                    now++;
                    Turn(1);
                    for (var due = 0; due < deadlines.Length; due++)
                        if (deadlines[due] == now)
                            (deadlines[due], expected[due]) = (null, expected[due] + 1);
                    Assert.Equal(expected, entries.Select(entry => entry.Times));
                    break;
                default:
                    var delay = random.Next(1, random.Next(2) == 0 ? 10 : 300);
                    _sweeper.Schedule(entries[i], TimeSpan.FromSeconds(delay));
                    deadlines[i] = now + 1 + delay;
                    break;
            }
        }
    }

    [Fact]
    public void Setting_moving_and_clearing_a_deadline_allocates_nothing()
    {
        var entry = Schedule(1);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            _sweeper.Schedule(entry, TimeSpan.FromSeconds(i % 100));
            _sweeper.Cancel(entry);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public async Task The_wheel_turns_once_a_second_by_the_given_time_until_it_is_stopped()
    {
        var stopped = TestContext.Current.CancellationToken;
        await _sweeper.StartAsync(stopped);
        // It starts on another thread, and there is no telling when its timer runs.
        for (var first = DueInASecond(); await Task.WhenAny(first, Task.Delay(10, stopped)) != first;)
            _time.Advance(TimeSpan.FromSeconds(1));

        for (var second = 0; second < 5; second++)
        {
            var due = DueInASecond();
            _time.Advance(TimeSpan.FromSeconds(0.9));
            Assert.False(due.IsCompleted);
            _time.Advance(TimeSpan.FromSeconds(0.1));
            await due.WaitAsync(TimeSpan.FromSeconds(10), stopped);
        }

        await _sweeper.StopAsync(stopped);
        Assert.True(_sweeper.ExecuteTask!.IsCompletedSuccessfully);
    }

    private Task DueInASecond()
    {
        var due = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _sweeper.Schedule(new Entry(due.SetResult), TimeSpan.Zero);
        return due.Task;
    }

    private Entry Schedule(double seconds)
    {
        var entry = new Entry();
        _sweeper.Schedule(entry, TimeSpan.FromSeconds(seconds));
        return entry;
    }

    private void Turn(int times)
    {
        for (; times > 0; times--)
            _sweeper.Turn();
    }

    private int TurnsUntilDue(Entry entry)
    {
        var turns = 0;
        for (var before = entry.Times; entry.Times == before; turns++)
            _sweeper.Turn();
        return turns;
    }

    private sealed class Entry(Action? onDue = null) : Scheduled
    {
        public int Times { get; private set; }

        protected internal override void OnDue()
        {
            Times++;
            onDue?.Invoke();
        }
    }
}
