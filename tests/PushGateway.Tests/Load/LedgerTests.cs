using PushGateway.Load;

namespace PushGateway.Tests.Load;

public class LedgerTests
{
    private readonly Ledger _ledger = new(channels: 1);
    private readonly Client[] _clients = [new(0), new(1)];

    public LedgerTests()
    {
        foreach (var client in _clients)
            _ledger.ClientChanged(client, isReady: true);
        _ledger.Begin(_clients);
    }

    [Fact]
    public void What_comes_to_all_in_order_is_in_order()
    {
        var (first, second) = (Publish(), Publish());
        Arrive(0, first, second);
        Arrive(1, first);
        Assert.Equal(1, _ledger.UnderWay);
        Arrive(1, second);
        AssertAccount(lost: 0, again: 0, outOfOrder: 0);
        Assert.Equal((0, 4, 2), (_ledger.UnderWay, _ledger.Latency.Count, _ledger.ToLast.Count));
    }

    [Fact]
    public void Posts_under_way_at_once_may_be_taken_in_any_order_by_all_alike()
    {
        var (first, second) = (Publish(), Publish());
        Arrive(0, second, first);
        Arrive(1, second, first);
        AssertAccount(lost: 0, again: 0, outOfOrder: 0);
    }

    [Fact]
    public void Another_order_than_others_see_is_out_of_order()
    {
        var (first, second) = (Publish(), Publish());
        Arrive(0, first, second);
        Arrive(1, second, first);
        AssertAccount(lost: 0, again: 0, outOfOrder: 1);
    }

    [Fact]
    public void What_was_acknowledged_before_another_was_posted_comes_before_it()
    {
        var first = Publish();
        _ledger.Answered(first.Number, taken: true, 1);
        var acknowledged = Clock.Now;
        SpinWait.SpinUntil(() => Clock.Now > acknowledged);
        var second = Publish();
        Arrive(0, second, first);
        Arrive(1, second, first);
        AssertAccount(lost: 0, again: 0, outOfOrder: 1);
    }

    [Fact]
    public void What_does_not_come_is_lost()
    {
        var (first, second, third) = (Publish(), Publish(), Publish());
        Arrive(0, first, second, third);
        Arrive(1, first, third);
        AssertAccount(lost: 1, again: 0, outOfOrder: 0);
    }

    [Fact]
    public void What_comes_twice_does_not_stand_for_what_is_lost()
    {
        var (first, second) = (Publish(), Publish());
        Arrive(0, first, second, first);
        Arrive(1, second, second);
        AssertAccount(lost: 1, again: 2, outOfOrder: 0);
    }

    [Fact]
    public void What_was_refused_is_not_waited_for()
    {
        _ledger.Answered(Publish().Number, taken: false, 1);
        AssertAccount(lost: 0, again: 0, outOfOrder: 0);
        Assert.Equal((1, 0), (_ledger.Refused, _ledger.UnderWay));
    }

    [Fact]
    public void Who_is_away_misses_nothing()
    {
        _ledger.ClientChanged(_clients[1], isReady: false);
        Arrive(0, Publish());
        AssertAccount(lost: 0, again: 0, outOfOrder: 0);
    }

    [Fact]
    public void A_new_account_knows_nothing_of_the_old_one()
    {
        var (old, lost) = (Publish(), Publish());
        Arrive(0, old, lost);
        Arrive(1, lost);
        _ledger.Begin(_clients);
        var next = Publish();
        Arrive(1, old, next);
        Arrive(0, next);
        AssertAccount(lost: 0, again: 0, outOfOrder: 0);
        Assert.Equal(2, _ledger.Delivered);
    }

    private Marker Publish() => _ledger.Publish(0, Clock.Now);

    private void Arrive(int client, params ReadOnlySpan<Marker> markers)
    {
        foreach (var marker in markers)
            _ledger.Arrived(_clients[client], marker, Clock.Now);
    }

    private void AssertAccount(long lost, long again, long outOfOrder) =>
        Assert.Equal((lost, again, outOfOrder), (_ledger.Lost, _ledger.Again, _ledger.OutOfOrder));
}
