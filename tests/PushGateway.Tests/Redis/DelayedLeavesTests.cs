using Microsoft.Extensions.Time.Testing;
using PushGateway.Presence;
using PushGateway.Redis.Presence;

namespace PushGateway.Tests.Redis;

public sealed class DelayedLeavesTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly List<string> _due = [];
    private readonly DelayedLeaves _delayed;

    public DelayedLeavesTests() => _delayed = new DelayedLeaves(_time, membership => _due.Add(membership.User));

    public void Dispose() => _delayed.Dispose();

    [Fact]
    public void Each_is_due_when_its_time_is_over()
    {
        Add("b", 20);
        Add("c", 30);
        Add("a", 10);

        _time.Advance(TimeSpan.FromSeconds(9.5));
        Assert.Empty(_due);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(["a"], _due);
        _time.Advance(TimeSpan.FromSeconds(60));
        Assert.Equal(["a", "b", "c"], _due);
    }

    [Fact]
    public void After_its_end_nothing_is_due()
    {
        Add("a", 10);
        _delayed.Dispose();
        Add("b", 1);

        _time.Advance(TimeSpan.FromMinutes(1));

        Assert.Empty(_due);
    }

    private void Add(string user, int seconds) =>
        _delayed.Add(new Membership("news", Guid.NewGuid(), user, new MembershipRules(Announces: true, TimeSpan.FromSeconds(seconds))), TimeSpan.FromSeconds(seconds));
}
