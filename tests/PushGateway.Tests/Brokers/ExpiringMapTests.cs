using PushGateway.Brokers.Memory;

namespace PushGateway.Tests.Brokers;

public sealed class ExpiringMapTests
{
    private readonly ExpiringMap<string, Entry> _map = new(capacity: 100);

    [Fact]
    public void What_is_kept_is_found_until_it_is_over()
    {
        var entry = new Entry(10);
        _map.Add("a", entry, now: 0);

        Assert.Same(entry, _map.Find("a", now: 9));
        Assert.Null(_map.Find("a", now: 10));
        Assert.Null(_map.Find("b", now: 0));
    }

    [Fact]
    public void What_is_due_in_part_stays()
    {
        var entry = new Entry(10) { Parts = 2 };
        _map.Add("a", entry, now: 0);

        Assert.Same(entry, _map.Find("a", now: 10));
        Assert.Equal(1, entry.Parts);
        entry.DueAt = 20;
        Assert.Null(_map.Find("a", now: 20));
    }

    [Fact]
    public void Adding_forgets_what_is_over()
    {
        for (var i = 0; i < 90; i++)
            _map.Add($"old {i}", new Entry(10), now: 0);
        for (var i = 0; i < 10; i++)
            _map.Add($"new {i}", new Entry(100), now: 10);

        Assert.Equal(10, _map.Count);
    }

    [Fact]
    public void What_was_put_off_is_not_forgotten_at_its_first_time()
    {
        var entry = new Entry(10);
        _map.Add("a", entry, now: 0);
        entry.DueAt = 50;

        _map.Add("b", new Entry(100), now: 20);
        Assert.Same(entry, _map.Find("a", now: 20));
        _map.Add("c", new Entry(100), now: 50);
        Assert.Equal(2, _map.Count);
    }

    [Fact]
    public void Over_its_capacity_it_forgets_what_would_be_over_first()
    {
        var putOff = new Entry(1);
        _map.Add("put off", putOff, now: 0);
        putOff.DueAt = 10_000;
        for (var i = 0; i < 150; i++)
            _map.Add($"{i}", new Entry(1_000 + i), now: 0);

        Assert.Equal(100, _map.Count);
        Assert.Same(putOff, _map.Find("put off", now: 0));
        Assert.Null(_map.Find("50", now: 0));
        Assert.NotNull(_map.Find("51", now: 0));
    }

    [Fact]
    public void What_came_in_the_place_of_another_has_its_own_time()
    {
        _map.Add("removed", new Entry(10), now: 0);
        _map.Remove("removed");
        _map.Add("over", new Entry(10), now: 0);
        Assert.Null(_map.Find("over", now: 10));

        foreach (var key in (string[])["removed", "over"])
            _map.Add(key, new Entry(100), now: 5);
        _map.Add("another", new Entry(100), now: 50);

        Assert.NotNull(_map.Find("removed", now: 50));
        Assert.NotNull(_map.Find("over", now: 50));
        Assert.Equal(3, _map.Count);
    }

    [Fact]
    public void Removing_what_is_not_there_is_no_error() => _map.Remove("a");

    private sealed class Entry(long dueAt) : IExpiring
    {
        public int Parts { get; set; } = 1;

        public long DueAt { get; set; } = dueAt;

        public bool Expire(long now) => now >= DueAt && --Parts == 0;
    }
}
