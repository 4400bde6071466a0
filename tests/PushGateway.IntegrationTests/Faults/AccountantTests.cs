using PushGateway.Faults;

namespace PushGateway.IntegrationTests.Faults;

/// <summary>The accountant must be right where the others rely on it: it calls each kind of fault by its name.</summary>
public sealed class AccountantTests
{
    private readonly Accountant _accountant = new(["news"], 1);

    private AccountLine Total => _accountant.Draw().Total;

    [Fact]
    public void All_seen_once_and_in_order_is_kept()
    {
        Publish(3);
        See(1, 2, 3);
        Assert.True(Total.IsKept);
        Assert.Equal((3, 3), (Total.Acknowledged, Total.Seen));
    }

    [Fact]
    public void What_is_passed_over_is_lost()
    {
        Publish(4);
        See(1, 4);
        Assert.Equal((2, 2), (Total.Lost, Total.PassedOver));
        Assert.False(Total.IsKept);
    }

    [Fact]
    public void What_does_not_come_at_the_end_is_lost()
    {
        Publish(4);
        See(1, 2);
        Assert.Equal((2, 0), (Total.Lost, Total.PassedOver));
    }

    [Fact]
    public void What_comes_behind_a_later_one_is_out_of_order_and_not_lost()
    {
        Publish(3);
        See(1, 3, 2);
        Assert.Equal((1, 0, 0), (Total.OutOfOrder, Total.Lost, Total.Duplicated));
    }

    [Fact]
    public void What_comes_twice_is_duplicated()
    {
        Publish(3);
        See(1, 2, 2, 3, 1);
        Assert.Equal((2, 0), (Total.Duplicated, Total.OutOfOrder));
    }

    [Fact]
    public void What_was_never_published_is_invented()
    {
        Publish(1);
        See(1, 2);
        Assert.Equal(1, Total.Invented);
    }

    [Fact]
    public void What_was_refused_must_not_come()
    {
        Publish(1);
        Publish(1, Outcome.Refused);
        Publish(1);
        See(1, 3);
        Assert.True(Total.IsKept);
        See(2);
        Assert.False(Total.IsKept);
    }

    [Theory]
    [InlineData(1L, 3L)]
    [InlineData(1L, 2L, 3L)]
    [InlineData(1L, 3L, 2L)]
    public void What_was_not_answered_may_come_late_or_not_at_all(params long[] numbers)
    {
        Publish(1);
        Publish(1, Outcome.Unanswered);
        Publish(1);
        See(numbers);
        Assert.True(Total.IsKept);
    }

    [Fact]
    public void What_was_not_answered_must_not_come_twice()
    {
        Publish(1);
        Publish(1, Outcome.Unanswered);
        Publish(1);
        See(1, 2, 3, 2);
        Assert.Equal(1, Total.Duplicated);
    }

    [Fact]
    public void A_gap_that_was_told_is_counted_apart()
    {
        Publish(3);
        See(1);
        _accountant.Told(0, 0);
        Assert.Equal((0, 2), (Total.Lost, Total.ToldMissing));
        Publish(2);
        Assert.Equal((2, 2), (Total.Lost, Total.ToldMissing));
        See(4, 5);
        Assert.Equal((0, 2, 1), (Total.Lost, Total.ToldMissing, Total.TimesTold));
    }

    [Fact]
    public void A_gap_behind_what_was_told_is_lost()
    {
        Publish(3);
        See(1);
        _accountant.Told(0, 0);
        Publish(3);
        See(4, 6);
        Assert.Equal((1, 2), (Total.Lost, Total.ToldMissing));
    }

    [Fact]
    public void A_gap_before_what_was_told_stays_lost()
    {
        Publish(3);
        See(1, 3);
        _accountant.Told(0, 0);
        Publish(1);
        See(4);
        Assert.Equal((1, 0), (Total.Lost, Total.ToldMissing));
    }

    [Fact]
    public void What_is_repeated_behind_what_was_told_is_counted_apart()
    {
        Publish(3);
        See(1, 2, 3);
        _accountant.Told(0, 0);
        Publish(1);
        See(3, 4);
        Assert.Equal((0, 1), (Total.Duplicated, Total.ToldRepeated));
    }

    private void Publish(int count, Outcome outcome = Outcome.Acknowledged)
    {
        for (var i = 0; i < count; i++)
        {
            _accountant.Begin(0);
            _accountant.Settle(0, new Answer(outcome));
        }
    }

    private void See(params long[] numbers)
    {
        foreach (var number in numbers)
            _accountant.Saw(0, 0, number);
    }
}
