using System.Collections.Concurrent;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using PushGateway.Brokers;
using PushGateway.Brokers.Memory;
using PushGateway.Channels;
using PushGateway.Presence;

namespace PushGateway.Tests.Brokers;

/// <summary>What the contract of presence cannot show without waiting: time, and a queue that is full.</summary>
public sealed class MemoryPresenceTests : IAsyncDisposable
{
    private static readonly MembershipRules Announced = new(Announces: true, TimeSpan.Zero);
    private static readonly MembershipRules Delayed = new(Announces: true, TimeSpan.FromSeconds(10));
    private static readonly MembershipRules OfUsers = new(Announces: false, TimeSpan.Zero, new UserPresenceRules(TimeSpan.FromDays(30), Announces: true));

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly Listener _listener = new();
    private readonly MemoryBroker _broker;
    private readonly MemoryPresence _presence;

    public MemoryPresenceTests()
    {
        _broker = new MemoryBroker(_time, NullLogger<MemoryBroker>.Instance);
        _presence = new MemoryPresence(_broker, _time, NullLogger<MemoryPresence>.Instance);
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        _listener.Gate.Set();
        await _presence.DisposeAsync();
        await _broker.DisposeAsync();
        _listener.Gate.Dispose();
    }

    [Fact]
    public async Task Changes_and_publications_of_a_channel_arrive_in_the_order_in_which_they_happened()
    {
        await StartAsync("news");
        for (var i = 0; i < 100; i++)
        {
            var member = NewMember("news", "ann", Announced);
            await _presence.JoinAsync(member, Cancellation);
            await PublishAsync("news", $"{member.Connection}");
            await _presence.LeaveAsync(member, mayReturn: false);
        }

        var seen = await SeenAsync(300);

        foreach (var turn in seen.Chunk(3))
            Assert.Equal([turn[0].Replace("Left", "Joined", StringComparison.Ordinal), turn[0]["Joined ".Length..], turn[0].Replace("Joined", "Left", StringComparison.Ordinal)], turn);
    }

    [Fact]
    public async Task Who_joins_faster_than_it_can_be_announced_is_slowed_down_and_leaving_never_waits()
    {
        await StartAsync("news");
        _listener.Gate.Reset();
        var joining = new List<Task>();
        while (joining.Count == 0 || joining[^1].IsCompleted)
            joining.Add(_presence.JoinAsync(NewMember("news", "ann", Announced), Cancellation).AsTask());
        var last = NewMember("news", "bob", Announced);
        joining.Add(_presence.JoinAsync(last, Cancellation).AsTask());

        Assert.Equal(new PresenceStats(joining.Count, 2), await _presence.CountAsync("news", Cancellation)); // They are there nevertheless.
        Assert.True(_presence.LeaveAsync(last, mayReturn: false).IsCompletedSuccessfully);
        Assert.Equal(new PresenceStats(joining.Count - 1, 1), await _presence.CountAsync("news", Cancellation));
        Assert.False(joining[^1].IsCompleted);

        _listener.Gate.Set();
        await Task.WhenAll(joining);
        Assert.Equal([$"Joined {last.Connection}", $"Left {last.Connection}"], (await SeenAsync(joining.Count + 1))[^2..]);
    }

    [Fact]
    public async Task Who_gives_up_waiting_has_joined_and_leaves()
    {
        await StartAsync("news");
        _listener.Gate.Reset();
        Task joining;
        Membership member;
        using var givesUp = new CancellationTokenSource();
        do
        {
            member = NewMember("news", "ann", Announced);
            joining = _presence.JoinAsync(member, givesUp.Token).AsTask();
        }
        while (joining.IsCompleted);

        await givesUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => joining);

        var before = await _presence.CountAsync("news", Cancellation);
        await _presence.LeaveAsync(member, mayReturn: false);
        Assert.Equal(before.Clients - 1, (await _presence.CountAsync("news", Cancellation)).Clients);
    }

    [Fact]
    public async Task A_client_that_is_gone_stays_for_the_delay_and_leaves_then()
    {
        await StartAsync("news");
        var member = await JoinAsync("news", "ann", Delayed);
        await _presence.LeaveAsync(member, mayReturn: true);

        _time.Advance(TimeSpan.FromSeconds(9.999));
        Assert.Equal(new PresenceStats(1, 1), await _presence.CountAsync("news", Cancellation));

        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(default, await _presence.CountAsync("news", Cancellation));
        Assert.Equal([$"Joined {member.Connection}", $"Left {member.Connection}"], await SeenAsync(2));
    }

    [Fact]
    public async Task A_user_that_comes_back_in_time_takes_the_place_of_its_connection_that_went_last()
    {
        await StartAsync("news");
        var first = await JoinAsync("news", "ann", Delayed);
        var second = await JoinAsync("news", "ann", Delayed);
        await _presence.LeaveAsync(first, mayReturn: true);
        _time.Advance(TimeSpan.FromSeconds(1));
        await _presence.LeaveAsync(second, mayReturn: true);
        var third = await JoinAsync("news", "ann", Delayed);

        _time.Advance(TimeSpan.FromSeconds(20));

        Assert.Equal([third.ToClientInfo()], (await ReadAsync("news")).Members);
        Assert.Equal(
            [$"Joined {first.Connection}", $"Joined {second.Connection}", $"Returned {third.Connection} for {second.Connection}", $"Left {first.Connection}"],
            await SeenAsync(4));
    }

    [Fact]
    public async Task Delays_of_different_channels_end_each_in_its_time()
    {
        await StartAsync("news");
        var slow = await JoinAsync("news", "ann", Delayed with { LeaveDelay = TimeSpan.FromMinutes(1) });
        var quick = await JoinAsync("sports", "ann", Delayed);
        var back = await JoinAsync("weather", "ann", Delayed);
        foreach (var member in (Membership[])[slow, back, quick])
            await _presence.LeaveAsync(member, mayReturn: true);
        await JoinAsync("weather", "ann", Delayed);

        Assert.Equal((1, 1, 1), await CountsAsync());
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal((1, 0, 1), await CountsAsync());
        _time.Advance(TimeSpan.FromSeconds(50));
        Assert.Equal((0, 0, 1), await CountsAsync());

        async Task<(long, long, long)> CountsAsync() => (
            (await _presence.CountAsync("news", Cancellation)).Clients,
            (await _presence.CountAsync("sports", Cancellation)).Clients,
            (await _presence.CountAsync("weather", Cancellation)).Clients);
    }

    [Fact]
    public async Task Thousands_that_went_together_leave_together()
    {
        await StartAsync("news");
        var members = new List<Membership>();
        for (var i = 0; i < 5_000; i++)
            members.Add(await JoinAsync("sports", $"user{i % 100}", Delayed));
        foreach (var member in members)
            await _presence.LeaveAsync(member, mayReturn: true);

        _time.Advance(TimeSpan.FromSeconds(10));

        Assert.Equal(default, await _presence.CountAsync("sports", Cancellation));
    }

    [Fact]
    public async Task Pages_of_many_members_miss_nobody_who_stays_and_name_nobody_twice()
    {
        await StartAsync();
        var staying = new HashSet<string>();
        var leaving = new Stack<Membership>();
        for (var i = 0; i < 50_000; i++)
        {
            var member = await JoinAsync("news", $"user{i % 1_000}", Announced);
            if (i % 5 == 0)
                leaving.Push(member);
            else
                staying.Add($"{member.Connection}");
        }

        var listed = new List<string>();
        string? cursor = null;
        do
        {
            var page = await _presence.ReadAsync("news", new PresenceQuery(1_000, cursor), Cancellation);
            Assert.Equal(1_000, page.Stats.Users);
            listed.AddRange(page.Members.Select(member => member.Client));
            for (var i = 0; i < 50; i++)
                await _presence.LeaveAsync(leaving.Pop(), mayReturn: false);
            cursor = page.Next;
        }
        while (cursor is not null);

        Assert.Equal(listed.Count, listed.Distinct().Count());
        Assert.Superset(staying, listed.ToHashSet());
    }

    [Fact]
    public async Task A_page_goes_on_behind_a_member_that_has_left_and_ends_where_all_have_left()
    {
        await StartAsync();
        var members = new Dictionary<string, Membership>();
        for (var i = 0; i < 10; i++)
            if (await JoinAsync("news", "ann", Announced) is var member)
                members.Add($"{member.Connection}", member);
        var whole = await ReadAsync("news");
        var first = await _presence.ReadAsync("news", new PresenceQuery(4), Cancellation);
        await _presence.LeaveAsync(members[first.Members[^1].Client], mayReturn: false);

        var second = await _presence.ReadAsync("news", new PresenceQuery(4, first.Next), Cancellation);
        Assert.Equal(whole.Members.Skip(4).Take(4), second.Members);

        foreach (var rest in whole.Members.Skip(7))
            await _presence.LeaveAsync(members[rest.Client], mayReturn: false);
        var third = await _presence.ReadAsync("news", new PresenceQuery(4, second.Next), Cancellation);
        Assert.Empty(third.Members);
        Assert.Null(third.Next);
        Assert.Equal(6, third.Stats.Clients);
    }

    [Fact]
    public async Task It_is_known_for_a_time_when_a_user_was_last_seen()
    {
        await StartAsync();
        var start = _time.GetUtcNow();
        var member = await JoinAsync("#ann", "ann", OfUsers);
        _time.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal(new UserPresence("ann", 1, start, null), await ReadUserAsync("ann"));

        await _presence.LeaveAsync(member, mayReturn: false);
        _time.Advance(TimeSpan.FromDays(29));
        Assert.Equal(new UserPresence("ann", 0, null, start.AddMinutes(5)), await ReadUserAsync("ann"));
        _time.Advance(TimeSpan.FromDays(1));
        Assert.Equal(new UserPresence("ann", 0, null, null), await ReadUserAsync("ann"));

        var back = _time.GetUtcNow();
        await JoinAsync("#ann", "ann", OfUsers);
        Assert.Equal(new UserPresence("ann", 1, back, null), await ReadUserAsync("ann"));
    }

    [Fact]
    public async Task With_a_delay_a_user_stays_online_and_was_last_seen_when_it_went()
    {
        await StartAsync();
        var start = _time.GetUtcNow();
        var member = await JoinAsync("#ann", "ann", OfUsers with { LeaveDelay = TimeSpan.FromSeconds(10) });
        await _presence.LeaveAsync(member, mayReturn: true);
        _time.Advance(TimeSpan.FromSeconds(9));
        Assert.Equal(new UserPresence("ann", 1, start, null), await ReadUserAsync("ann"));

        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(new UserPresence("ann", 0, null, start), await ReadUserAsync("ann"));
    }

    [Fact]
    public async Task It_is_tried_again_to_announce_a_user_and_then_what_is_true_by_then()
    {
        await StartAsync();
        _listener.FailsToAnnounce = true;
        var member = await JoinAsync("#ann", "ann", OfUsers);
        await TurnUntil(() => _listener.Attempts.Count >= 3);
        var gone = _time.GetUtcNow();
        await _presence.LeaveAsync(member, mayReturn: false);
        await TurnUntil(() => _listener.Attempts.Last().Version > _listener.Attempts.First().Version);
        _listener.FailsToAnnounce = false;
        await TurnUntil(() => !_listener.Announced.IsEmpty);

        var attempts = _listener.Attempts.Distinct().ToArray();
        Assert.Equal(2, attempts.Length);
        Assert.True(attempts[0].User.IsOnline);
        Assert.Equal(new UserPresence("ann", 0, null, gone), attempts[1].User);
        Assert.Equal(attempts[1], Assert.Single(_listener.Announced));
    }

    [Fact]
    public async Task Versions_of_a_user_rise_also_when_it_was_forgotten()
    {
        await StartAsync();
        var rules = OfUsers with { User = new UserPresenceRules(TimeSpan.FromSeconds(1), Announces: true) };
        for (var i = 0; i < 10; i++)
        {
            var member = await JoinAsync("#ann", "ann", rules);
            await Until(() => _listener.Announced.Count == 2 * i + 1);
            await _presence.LeaveAsync(member, mayReturn: false);
            await Until(() => _listener.Announced.Count == 2 * i + 2);
            _time.Advance(TimeSpan.FromSeconds(i));
        }

        var versions = _listener.Announced.Select(announced => announced.Version).ToArray();
        Assert.Equal(versions.Order().Distinct(), versions);
        Assert.Equal([.. Enumerable.Repeat((bool[])[true, false], 10).SelectMany(states => states)], _listener.Announced.Select(announced => announced.User.IsOnline));
    }

    [Fact]
    public async Task A_node_that_stops_takes_in_nobody_and_can_be_told_to_stop_twice()
    {
        await StartAsync("news");
        var member = await JoinAsync("news", "ann", Delayed);
        await _presence.DisposeAsync();
        await _presence.DisposeAsync();

        await Assert.ThrowsAsync<BrokerUnavailableException>(async () => await JoinAsync("news", "ann", Delayed));
        await _presence.LeaveAsync(member, mayReturn: true);
        await _presence.LeaveAsync(member, mayReturn: false);
    }

    [Fact]
    public async Task Nothing_stays_behind_of_those_who_left()
    {
        await StartAsync();
        for (var i = 0; i < 1_000; i++)
            await _presence.LeaveAsync(await JoinAsync($"news:{i}", "ann", i % 2 == 0 ? Delayed : Announced), mayReturn: true);
        _time.Advance(TimeSpan.FromSeconds(10));

        for (var i = 0; i < 1_000; i++)
            Assert.Equal((0, default), ((await ReadAsync($"news:{i}")).Sequence, await _presence.CountAsync($"news:{i}", Cancellation)));
    }

    private static Membership NewMember(string channel, string user, MembershipRules rules) => new(channel, Guid.NewGuid(), user, rules);

    private static async Task Until(Func<bool> condition)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        patience.CancelAfter(TimeSpan.FromSeconds(30));
        while (!condition())
            await Task.Delay(1, patience.Token);
    }

    private Task TurnUntil(Func<bool> condition) => Until(() =>
    {
        _time.Advance(TimeSpan.FromMilliseconds(100));
        return condition();
    });

    private async Task StartAsync(params string[] channels)
    {
        await _broker.StartAsync(_listener, Cancellation);
        await _presence.StartAsync(_listener, Cancellation);
        foreach (var channel in channels)
            await _broker.SubscribeAsync(channel, Cancellation);
    }

    private async Task<Membership> JoinAsync(string channel, string user, MembershipRules rules)
    {
        var member = NewMember(channel, user, rules);
        await _presence.JoinAsync(member, Cancellation);
        return member;
    }

    private Task<PublishOutcome> PublishAsync(string channel, string text) =>
        _broker.PublishAsync(channel, new Publication(Encoding.UTF8.GetBytes(text)), PublishOptions.Default, Cancellation).AsTask();

    private Task<PresencePage> ReadAsync(string channel) => _presence.ReadAsync(channel, new PresenceQuery(IPresence.MaxPageSize), Cancellation).AsTask();

    private async Task<UserPresence> ReadUserAsync(string user) => Assert.Single(await _presence.ReadUsersAsync([user], Cancellation));

    private async Task<string[]> SeenAsync(int count)
    {
        await Until(() => _listener.Seen.Count >= count);
        return [.. _listener.Seen];
    }

    /// <summary>Notes what it takes, which it does when its gate is open.</summary>
    private sealed class Listener : IPublicationListener, IPresenceListener
    {
        public ManualResetEventSlim Gate { get; } = new(initialState: true);

        public ConcurrentQueue<string> Seen { get; } = new();

        public ConcurrentQueue<(UserPresence User, long Version)> Attempts { get; } = new();

        public ConcurrentQueue<(UserPresence User, long Version)> Announced { get; } = new();

        public bool FailsToAnnounce { get; set; }

        public void Deliver(string channel, params ReadOnlySpan<Publication> publications)
        {
            Gate.Wait();
            foreach (var publication in publications)
                Seen.Enqueue(Encoding.UTF8.GetString(publication.Data.Span));
        }

        public void Deliver(string channel, PresenceChange change)
        {
            Gate.Wait();
            Seen.Enqueue($"{change.Kind} {change.Client.Client}{(change.Replaced is { } replaced ? $" for {replaced}" : "")}");
        }

        public ValueTask AnnounceAsync(UserPresence user, long version, CancellationToken cancellationToken)
        {
            Attempts.Enqueue((user, version));
            if (FailsToAnnounce)
                throw new BrokerUnavailableException();

            Announced.Enqueue((user, version));
            return ValueTask.CompletedTask;
        }

        public void Interrupted()
        {
        }

        public void Resubscribed()
        {
        }
    }
}
