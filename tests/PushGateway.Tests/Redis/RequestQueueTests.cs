using PushGateway.Redis.PubSub;

namespace PushGateway.Tests.Redis;

public sealed class RequestQueueTests
{
    private readonly TopicSpace _space = new("", "", (_, _) => { });
    private readonly RequestQueue _queue = new(maxPending: 100_000);
    private readonly List<Request> _batch = [];

    [Fact]
    public void Requests_of_one_kind_go_together_and_kinds_keep_their_order()
    {
        _queue.Add(Subscribe("a"));
        _queue.Add(Subscribe("b"));
        _queue.Add(new Request(RequestKind.Unsubscribe, _space, "a"));
        _queue.Add(Subscribe("a"));

        Assert.Equal(["Subscribe a", "Subscribe b"], Take());
        Assert.Equal(["Unsubscribe a"], Take());
        Assert.Equal(["Subscribe a"], Take());
        Assert.Empty(Take());
    }

    [Fact]
    public void Only_so_many_are_on_their_way_at_a_time()
    {
        for (var i = 0; i < 10_000; i++)
            _queue.Add(Subscribe($"{i}"));

        var taken = 0;
        while (Take() is { Length: > 0 } batch)
        {
            Assert.Equal(1_000, batch.Length);
            taken += batch.Length;
        }

        Assert.Equal(4_000, taken);
        Assert.False(_queue.HasWork);

        for (var i = 0; i < 2_000; i++)
            _queue.Answered();
        Assert.True(_queue.HasWork);
        Assert.Equal("Subscribe 4000", Take()[0]);
    }

    [Fact]
    public void What_was_subscribed_before_comes_after_what_is_awaited_and_without_what_was_given_up()
    {
        _space.Wanted_NeedsLock["kept"] = null;
        _queue.Restore([new Topic(_space, "gone"), new Topic(_space, "kept")], new Waiter());
        _queue.Add(Subscribe("new"));

        Assert.Equal(["Subscribe new"], Take());
        Assert.Equal(["Subscribe kept"], Take());
        Assert.Equal(["Ping "], Take());
        Assert.Empty(Take());
        Assert.False(_queue.HasWork);
    }

    [Fact]
    public void Draining_gives_what_was_asked_and_what_was_not()
    {
        _queue.Add(Subscribe("asked"));
        Take();
        _queue.Add(Subscribe("pending"));

        Assert.Equal(["asked", "pending"], _queue.Drain().Select(request => request.Name));
        Assert.False(_queue.TryPeekUnanswered(out _));
    }

    private Request Subscribe(string name) => new(RequestKind.Subscribe, _space, name);

    private string[] Take()
    {
        _queue.TakeBatch(_batch);
        return [.. _batch.Select(request => $"{request.Kind} {request.Name}")];
    }
}
