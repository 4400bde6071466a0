using PushGateway.Brokers;
using PushGateway.Channels;

namespace PushGateway.IntegrationTests.Contracts;

/// <summary>What <see cref="IBroker"/> promises of idempotency keys and versions, for every broker to inherit.</summary>
public abstract class PublishOnceContract : BrokerSuite
{
    private static readonly HistoryLimits Limits = new(100, TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(10));
    private static readonly HistoryQuery Everything = new(1_000);

    public static TheoryData<bool> WithAndWithoutHistory => [true, false];

    [Theory]
    [MemberData(nameof(WithAndWithoutHistory))]
    public async Task The_same_key_publishes_once_and_has_one_outcome(bool history)
    {
        await Last.SubscribeAsync("news");
        var options = Options(history, "key");

        var first = await First.PublishAsync("news", "1", options);
        await First.PublishAsync("news", "2", Options(history));
        var second = await Last.PublishAsync("news", "1", options);
        await First.PublishAsync("news", "3", Options(history));

        Assert.Equal(history, first.Position is not null);
        Assert.False(first.IsRepeated);
        Assert.Equal(first with { IsRepeated = true }, second);
        await Patience.UntilAsync(() => Last.Inbox.TextsOf("news").Contains("3"));
        Assert.Equal(["1", "2", "3"], Last.Inbox.TextsOf("news"));
        if (history)
            Assert.Equal(3, (await First.ReadAsync("news", Everything, Limits)).Publications.Count);
    }

    [Theory]
    [MemberData(nameof(WithAndWithoutHistory))]
    public async Task Of_many_attempts_at_once_one_is_published(bool history)
    {
        await Last.SubscribeAsync("news");

        var outcomes = await Task.WhenAll(Enumerable.Range(0, 50).Select(i => Nodes[i % Nodes.Length].PublishAsync("news", "1", Options(history, "key"))));
        await First.PublishAsync("news", "end", Options(history));

        Assert.Single(outcomes, outcome => !outcome.IsRepeated);
        Assert.Single(outcomes.Select(outcome => outcome.Position).Distinct());
        await Patience.UntilAsync(() => Last.Inbox.TextsOf("news").Contains("end"));
        Assert.Equal(["1", "end"], Last.Inbox.TextsOf("news"));
    }

    [Theory]
    [MemberData(nameof(WithAndWithoutHistory))]
    public async Task The_same_key_for_something_else_is_refused(bool history)
    {
        await Last.SubscribeAsync("news");
        var first = await First.PublishAsync("news", "1", Options(history, "key", fingerprint: 1));

        await Assert.ThrowsAsync<IdempotencyConflictException>(() => First.PublishAsync("news", "2", Options(history, "key", fingerprint: 2)));

        Assert.Equal(first with { IsRepeated = true }, await First.PublishAsync("news", "1", Options(history, "key", fingerprint: 1)));
        await First.PublishAsync("news", "3", Options(history));
        await Patience.UntilAsync(() => Last.Inbox.TextsOf("news").Contains("3"));
        Assert.Equal(["1", "3"], Last.Inbox.TextsOf("news"));
    }

    [Fact]
    public async Task A_key_is_one_channels_own()
    {
        Assert.False((await First.PublishAsync("one", "1", Options(history: true, "key"))).IsRepeated);
        Assert.False((await First.PublishAsync("other", "1", Options(history: true, "key", fingerprint: 2))).IsRepeated);
    }

    [Fact]
    public async Task Any_text_is_a_key()
    {
        string[] keys = ["", " ", "a", "A", "ключ", "}{", "a\0b", "a\0c", "\uD800", new('x', 255), new string('x', 254) + "y", new('ü', 255)];

        foreach (var key in keys)
            Assert.False((await First.PublishAsync("news", "1", Options(history: true, key))).IsRepeated, key);
        foreach (var key in keys)
            Assert.True((await First.PublishAsync("news", "1", Options(history: true, key))).IsRepeated, key);
    }

    [Fact]
    public async Task Removing_a_history_does_not_forget_the_keys()
    {
        var first = await First.PublishAsync("news", "1", Options(history: true, "key"));

        await First.RemoveAsync("news");

        Assert.Equal(first with { IsRepeated = true }, await First.PublishAsync("news", "1", Options(history: true, "key")));
        Assert.Null(await First.GetPositionAsync("news"));
    }

    [Theory]
    [MemberData(nameof(WithAndWithoutHistory))]
    public async Task An_older_version_or_the_same_is_not_published(bool history)
    {
        await Last.SubscribeAsync("news");
        (ulong Version, bool IsNew)[] attempts =
        [
            (5, true), (5, false), (4, false), (0, false), (6, true),
            (int.MaxValue, true), (1UL << 31, true), (uint.MaxValue, true), (1UL << 32, true), ((1UL << 32) - 1, false),
            (PublishOptions.MaxVersion - 1, true), (PublishOptions.MaxVersion - 2, false), (PublishOptions.MaxVersion, true), (PublishOptions.MaxVersion, false),
        ];
        var published = 0UL;
        foreach (var (version, isNew) in attempts)
        {
            var outcome = await First.PublishAsync("news", $"{version}", Options(history, version: version));

            published += isNew ? 1UL : 0;
            Assert.Equal((isNew, false), (!outcome.IsSuperseded, outcome.IsRepeated));
            Assert.Equal(history ? published : null, outcome.Position?.Offset);
            if (history)
                Assert.Equal(outcome.Position, await First.GetPositionAsync("news"));
        }

        await First.PublishAsync("news", "end", Options(history));
        await Patience.UntilAsync(() => Last.Inbox.TextsOf("news").Contains("end"));
        Assert.Equal(attempts.Where(attempt => attempt.IsNew).Select(attempt => $"{attempt.Version}").Append("end"), Last.Inbox.TextsOf("news"));
    }

    [Fact]
    public async Task Version_0_is_a_version()
    {
        Assert.False((await First.PublishAsync("news", "1", Options(history: true, version: 0))).IsSuperseded);
        Assert.True((await First.PublishAsync("news", "1", Options(history: true, version: 0))).IsSuperseded);
    }

    [Fact]
    public async Task Publications_without_a_version_pass()
    {
        await First.PublishAsync("news", "1", Options(history: true, version: 5));

        Assert.False((await First.PublishAsync("news", "2", Options(history: true))).IsSuperseded);
        Assert.True((await First.PublishAsync("news", "3", Options(history: true, version: 5))).IsSuperseded);
    }

    [Fact]
    public async Task Versions_go_with_the_history()
    {
        await First.PublishAsync("news", "1", Options(history: true, version: 5));

        await First.RemoveAsync("news");

        Assert.False((await First.PublishAsync("news", "2", Options(history: true, version: 4))).IsSuperseded);
    }

    [Fact]
    public async Task A_channel_that_knows_a_version_only_has_no_position_until_it_keeps_a_history()
    {
        await First.PublishAsync("news", "1", Options(history: false, version: 5));
        Assert.Null(await First.GetPositionAsync("news"));

        var superseded = await First.PublishAsync("news", "2", Options(history: true, version: 5));

        Assert.True(superseded.IsSuperseded);
        Assert.Equal(0UL, superseded.Position!.Value.Offset);
        Assert.Equal(superseded.Position, (await First.ReadAsync("news", Everything, Limits)).Top);
        Assert.Equal(superseded.Position.Value with { Offset = 1 }, (await First.PublishAsync("news", "3", Options(history: true, version: 6))).Position);
    }

    [Fact]
    public async Task Being_superseded_is_an_outcome_that_is_repeated()
    {
        var winner = await First.PublishAsync("news", "1", Options(history: true, version: 5));
        var first = await First.PublishAsync("news", "2", Options(history: true, "key", version: 4));
        await First.RemoveAsync("news"); // The version with it: published anew it would pass.

        var second = await First.PublishAsync("news", "2", Options(history: true, "key", version: 4));

        Assert.Equal(new PublishOutcome(winner.Position, IsSuperseded: true), first);
        Assert.Equal(first with { IsRepeated = true }, second);
    }

    [Fact]
    public async Task Of_versions_published_at_once_only_rising_ones_pass()
    {
        await Last.SubscribeAsync("price");
        var versions = Enumerable.Range(1, 200).Select(version => (ulong)version).ToArray();
        new Random(1).Shuffle(versions);

        var outcomes = await Task.WhenAll(versions.Select((version, i) => Nodes[i % Nodes.Length].PublishAsync("price", $"{version:000}", Options(history: true, version: version))));

        var published = outcomes.Count(outcome => !outcome.IsSuperseded);
        await Patience.UntilAsync(() => Last.Inbox.Count == published);
        var texts = Last.Inbox.TextsOf("price");
        Assert.Equal(texts.Order(StringComparer.Ordinal), texts);
        Assert.Equal("200", texts[^1]);
    }

    private static PublishOptions Options(bool history, string? key = null, byte fingerprint = 1, ulong? version = null) => new(
        history ? Limits : null,
        key is null ? null : new IdempotencyKey(key, Enumerable.Repeat(fingerprint, 16).ToArray(), TimeSpan.FromMinutes(5)),
        version);
}
