using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using PushGateway.Security.Revocations;
using PushGateway.Security.Tokens;

namespace PushGateway.Tests.Security;

public class RevocationsTests
{
    private readonly FakeTimeProvider _time = new(DateTimeOffset.FromUnixTimeSeconds(1_790_000_000));
    private readonly PushGatewayOptions _options = new();
    private readonly Revocations _revocations;

    public RevocationsTests()
    {
        _options.Security.MaxRevocations = 3;
        _revocations = new Revocations(_time, Options.Create(_options));
        _revocations.BecomeKnown();
    }

    private DateTimeOffset Now => _time.GetUtcNow();

    [Fact]
    public void Until_they_have_been_read_everything_counts_as_revoked()
    {
        var revocations = new Revocations(_time, Options.Create(_options));
        Assert.False(revocations.AreKnown);
        Assert.True(revocations.Contain("42", Issued(Now)));
        Assert.False(revocations.Revoke("42", Issued(Now))); // No connection is closed for it.

        revocations.BecomeKnown();
        Assert.True(revocations.AreKnown);
        Assert.False(revocations.Contain("42", Issued(Now)));
    }

    [Fact]
    public void What_was_issued_to_the_user_before_is_revoked_and_nothing_else()
    {
        _revocations.Add(new Revocation("42", Now, null, null));

        Assert.True(_revocations.Contain("42", Issued(Now.AddTicks(-1))));
        Assert.False(_revocations.Contain("42", Issued(Now)));
        Assert.False(_revocations.Contain("43", Issued(Now.AddDays(-1))));
        Assert.False(_revocations.Contain("", Issued(Now.AddDays(-1))));
        Assert.False(_revocations.Contain("4", new TokenStamp(null, null, "42")));
    }

    [Fact]
    public void What_was_issued_nobody_knows_when_counts_as_older()
    {
        _revocations.Add(new Revocation("42", Now, null, null));
        Assert.True(_revocations.Contain("42", new TokenStamp(null)));
        Assert.True(_revocations.Revoke("42", null));
        Assert.False(_revocations.Revoke("43", null));
    }

    [Fact]
    public void A_token_that_was_issued_in_the_second_of_the_revocation_is_revoked_unless_the_time_is_that_very_second()
    {
        // Tokens count whole seconds: whether one of this second came before or after nobody can tell.
        var second = Now;
        _revocations.Add(new Revocation("42", second.AddMilliseconds(400), null, null));
        _revocations.Add(new Revocation("43", second, null, null));

        Assert.True(_revocations.Contain("42", Issued(second)));
        Assert.False(_revocations.Contain("42", Issued(second.AddSeconds(1))));
        Assert.False(_revocations.Contain("43", Issued(second)));
    }

    [Fact]
    public void One_token_is_revoked_whosever_it_is_and_whenever_it_was_issued()
    {
        _revocations.Add(new Revocation(null, default, "t1", null));

        Assert.True(_revocations.Contain("42", new TokenStamp(null, Now.AddYears(1), "t1")));
        Assert.True(_revocations.Contain("", new TokenStamp(null, null, "t1")));
        Assert.False(_revocations.Contain("t1", new TokenStamp(null, null, "T1")));
    }

    [Fact]
    public void Of_two_for_a_user_the_later_time_counts_and_the_later_end()
    {
        Assert.True(_revocations.Add(new Revocation("42", Now, null, Now.AddHours(2))));
        Assert.True(_revocations.Add(new Revocation("42", Now.AddHours(1), null, Now.AddHours(1))));
        Assert.False(_revocations.Add(new Revocation("42", Now.AddMinutes(-1), null, Now.AddMinutes(1))));
        Assert.Equal([new Revocation("42", Now.AddHours(1), null, Now.AddHours(2))], _revocations.All);

        Assert.True(_revocations.Add(new Revocation("42", Now, null, null)));
        Assert.False(_revocations.Add(new Revocation("42", Now, null, Now.AddHours(9))));
        Assert.Equal([new Revocation("42", Now.AddHours(1), null, null)], _revocations.All);
    }

    [Fact]
    public void One_that_is_over_is_forgotten_and_makes_room()
    {
        Add("a", TimeSpan.FromMinutes(1));
        Add("b", TimeSpan.FromMinutes(2));
        Add("c", null);
        Assert.False(_revocations.HasRoomFor(About("d", null)));
        Assert.True(_revocations.HasRoomFor(About("b", null)));

        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.False(_revocations.Contain("a", Issued(Now.AddHours(-1))));
        Assert.True(_revocations.Contain("b", Issued(Now.AddHours(-1))));
        Assert.Equal(["b", "c"], _revocations.All.Select(revocation => revocation.User).Order());
        Assert.True(_revocations.HasRoomFor(About("d", null)));
    }

    [Fact]
    public void One_that_is_prolonged_is_kept_for_longer()
    {
        Add("a", TimeSpan.FromMinutes(1));
        Add("a", TimeSpan.FromMinutes(3));
        Add("b", TimeSpan.FromMinutes(1));
        Add("b", null);
        foreach (var (minutes, expected) in new[] { (2, "ab"), (2, "b"), (1000, "b") })
        {
            _time.Advance(TimeSpan.FromMinutes(minutes));
            Add("c", TimeSpan.FromTicks(1));
            Assert.Equal(expected + "c", string.Concat(_revocations.All.Select(revocation => revocation.User).Order()));
        }
    }

    [Fact]
    public void What_another_node_accepted_is_remembered_beyond_the_limit()
    {
        foreach (var user in "abcd")
            Add($"{user}", null);
        Assert.Equal(4, _revocations.All.Count);
    }

    [Fact]
    public void What_is_over_does_not_pile_up()
    {
        for (var i = 0; i < 10_000; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            Add($"{i}", TimeSpan.FromSeconds(10));
            Assert.InRange(_revocations.All.Count, 1, 10);
        }

        Assert.False(_revocations.HasRoomFor(About("more", null)));
        _time.Advance(TimeSpan.FromSeconds(8));
        Assert.True(_revocations.HasRoomFor(About("more", null)));
    }

    private void Add(string user, TimeSpan? life) => _revocations.Add(About(user, life));

    private Revocation About(string user, TimeSpan? life) => new(user, Now, null, Now + life);

    private static TokenStamp Issued(DateTimeOffset at) => new(null, at);
}
