using Microsoft.Extensions.Time.Testing;
using PushGateway.IntegrationTests.Infrastructure;
using PushGateway.Protocol;
using PushGateway.Security.Authorization;
using PushGateway.Security.Callbacks;

namespace PushGateway.IntegrationTests.Security;

/// <summary>A back end that fails again and again is left alone, and asked again when it is back.</summary>
public sealed class CallbackBreakerTests : IAsyncLifetime
{
    private const int Minimum = 4;

    private readonly FakeTimeProvider _time = new();
    private FarEnd _farEnd = null!;

    private static readonly CallbackOptions Defaults = new();

    public async ValueTask InitializeAsync() => _farEnd = await FarEnd.StartAsync(FarEnd.Says("", 500));

    public ValueTask DisposeAsync() => _farEnd.DisposeAsync();

    [Fact]
    public async Task It_is_left_alone_for_a_while_and_then_asked_again()
    {
        using var asking = Ask();
        await OpenAsync(asking);
        Assert.Contains(asking.Log.Lines, line => line.Contains("is not asked for", StringComparison.Ordinal));

        _farEnd.Answer = FarEnd.Says("""{"result":{}}""");
        _time.Advance(Defaults.BreakerBreakDuration);
        Assert.True((await asking.SubscribeAsync()).IsAllowed);
        Assert.True((await asking.SubscribeAsync()).IsAllowed);
        Assert.Equal(Minimum + 2, _farEnd.Questions.Count);
        Assert.Contains(asking.Log.Lines, line => line.Contains("answers for subscribe again", StringComparison.Ordinal));
    }

    [Fact]
    public async Task One_question_tries_whether_it_is_back_and_when_not_it_is_left_alone_again()
    {
        using var asking = Ask();
        await OpenAsync(asking);
        _time.Advance(Defaults.BreakerBreakDuration);
        Assert.Equal(ChannelDecision.Unavailable, await asking.SubscribeAsync());
        Assert.Equal(Minimum + 1, _farEnd.Questions.Count);
        Assert.Equal(ChannelDecision.Unavailable, await asking.SubscribeAsync());
        Assert.Equal(Minimum + 1, _farEnd.Questions.Count);
    }

    [Fact]
    public async Task Other_kinds_of_questions_are_asked_still()
    {
        using var asking = Ask();
        await OpenAsync(asking);
        _farEnd.Answer = FarEnd.Says("""{"result":{"user":"42"}}""");
        Assert.NotNull((await asking.ConnectAsync()).Grant);
    }

    [Fact]
    public async Task A_back_end_that_says_no_does_not_fail()
    {
        using var asking = Ask();
        _farEnd.Answer = FarEnd.Says("""{"error":{"code":403}}""");
        for (var i = 0; i < 3 * Minimum; i++)
            Assert.Equal(403, (await asking.SubscribeAsync()).ErrorCode);
        Assert.Equal(3 * Minimum, _farEnd.Questions.Count);
    }

    [Fact]
    public async Task Clients_that_go_do_not_count_against_the_back_end()
    {
        using var asking = Ask();
        _farEnd.Answer = FarEnd.IsSilent();
        for (var i = 1; i <= 3 * Minimum; i++)
        {
            using var client = new CancellationTokenSource();
            var answer = asking.SubscribeAsync(client.Token);
            await Eventually.EqualAsync(i, () => _farEnd.Questions.Count);
            await client.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => answer);
        }

        _farEnd.Answer = FarEnd.Says("""{"result":{}}""");
        Assert.True((await asking.SubscribeAsync()).IsAllowed);
    }

    [Fact]
    public async Task A_client_that_goes_does_not_decide_whether_the_back_end_is_back()
    {
        using var asking = Ask();
        await OpenAsync(asking);
        _farEnd.Answer = FarEnd.IsSilent();
        _time.Advance(Defaults.BreakerBreakDuration);
        using var client = new CancellationTokenSource();
        var probe = asking.SubscribeAsync(client.Token);
        await Eventually.EqualAsync(Minimum + 1, () => _farEnd.Questions.Count);
        await client.CancelAsync();
        _time.Advance(Asking.Patient);
        Assert.Equal(ChannelDecision.Unavailable, await probe.WaitAsync(RawWebSocket.Patience, TestContext.Current.CancellationToken));

        Assert.Equal(ChannelDecision.Unavailable, await asking.SubscribeAsync());
        Assert.Equal(Minimum + 1, _farEnd.Questions.Count);
    }

    [Fact]
    public async Task While_it_is_left_alone_connects_fail_so_that_clients_try_again()
    {
        using var asking = Ask();
        for (var i = 0; i < Minimum; i++)
            await asking.ConnectAsync();
        Assert.Equal(ErrorResult.Internal, (await asking.ConnectAsync()).Error);
        Assert.True(ErrorResult.Internal.Temporary);
        Assert.Equal(Minimum, _farEnd.Questions.Count);
    }

    private Asking Ask() => new(_farEnd.Address, callbacks => callbacks.BreakerMinimumThroughput = Minimum, _time);

    private async Task OpenAsync(Asking asking)
    {
        for (var i = 0; i < Minimum; i++)
            Assert.Equal(ChannelDecision.Unavailable, await asking.SubscribeAsync());
        Assert.Equal(Minimum, _farEnd.Questions.Count);
        Assert.Equal(ChannelDecision.Unavailable, await asking.SubscribeAsync());
        Assert.Equal(Minimum, _farEnd.Questions.Count);
    }
}
