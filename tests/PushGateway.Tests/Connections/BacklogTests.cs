using Microsoft.Extensions.Time.Testing;
using PushGateway.Connections;

namespace PushGateway.Tests.Connections;

public class BacklogTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly Backlog _backlog;

    public BacklogTests() => _backlog = new Backlog(_time);

    [Fact]
    public void Frames_come_out_in_the_order_in_which_they_went_in()
    {
        for (byte i = 0; i < 100; i++)
            Assert.Equal(0, _backlog.Add(new Outgoing([i])));
        Assert.Equal(Enumerable.Range(0, 100), TakeAll().Select(frame => (int)frame[0]));
        Assert.False(_backlog.TryPeek(out _));
    }

    [Fact]
    public void A_newer_frame_of_a_name_takes_the_place_of_the_older_at_the_end()
    {
        _backlog.Add(new Outgoing([1, 1], "a"));
        _backlog.Add(new Outgoing([2]));
        _backlog.Add(new Outgoing([3], "b"));
        Assert.Equal(2, _backlog.BytesOf("a"));
        Assert.Equal(2, _backlog.Add(new Outgoing([4], "a")));
        Assert.Equal(1, _backlog.Add(new Outgoing([5], "a")));
        Assert.Equal([2, 3, 5], TakeAll().Select(frame => (int)frame[0]));
        Assert.Equal(0, _backlog.BytesOf("a"));
    }

    [Fact]
    public void What_is_gone_out_is_not_replaced()
    {
        _backlog.Add(new Outgoing([1], "a"));
        Assert.True(_backlog.TryPeek(out _));
        _backlog.Take();
        Assert.Equal(0, _backlog.Add(new Outgoing([2], "a")));
        Assert.Equal([2], TakeAll().Select(frame => (int)frame[0]));
    }

    [Fact]
    public void A_state_that_changes_for_ever_takes_the_room_of_one()
    {
        _backlog.Add(new Outgoing([0]));
        var before = GC.GetAllocatedBytesForCurrentThread();
        var frame = new byte[] { 1 };
        for (var i = 0; i < 100_000; i++)
            _backlog.Add(new Outgoing(frame, i % 2 == 0 ? "a" : "b"));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100_000); // A place for each would take 2.4 MB.
        Assert.Equal(3, TakeAll().Count);
    }

    [Fact]
    public void An_expired_frame_is_passed_over_and_no_longer_counted()
    {
        var soon = _time.GetUtcNow().AddSeconds(5).UtcTicks;
        _backlog.Add(new Outgoing([1, 1, 1], ExpiresAt: soon));
        _backlog.Add(new Outgoing([2]));
        _backlog.Add(new Outgoing([3, 3], "a", soon));
        Assert.True(_backlog.TryPeek(out var first));
        Assert.Equal(1, first[0]);

        _time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal([2], TakeAll().Select(frame => (int)frame[0]));
        Assert.Equal(5, _backlog.TakeDropped());
        Assert.Equal(0, _backlog.TakeDropped());
        Assert.Equal(0, _backlog.BytesOf("a"));
    }

    [Fact]
    public void Whatever_happens_in_between_a_list_would_have_given_the_same()
    {
        var random = new Random(7);
        var model = new List<(byte[] Frame, string? Name)>();
        for (var step = 0; step < 50_000; step++)
        {
            if (random.Next(3) > 0 && model.Count < 200)
            {
                var name = random.Next(2) == 0 ? null : "k" + random.Next(20);
                byte[] frame = [(byte)random.Next(256)];
                _backlog.Add(new Outgoing(frame, name));
                model.RemoveAll(entry => name is not null && entry.Name == name);
                model.Add((frame, name));
            }
            else if (_backlog.TryPeek(out var frame))
            {
                Assert.Same(model[0].Frame, frame);
                _backlog.Take();
                model.RemoveAt(0);
            }
            else
            {
                Assert.Empty(model);
            }
        }

        Assert.Equal(model.Select(entry => entry.Frame), TakeAll());
    }

    private List<byte[]> TakeAll()
    {
        var frames = new List<byte[]>();
        while (_backlog.TryPeek(out var frame))
        {
            _backlog.Take();
            frames.Add(frame);
        }

        return frames;
    }
}
