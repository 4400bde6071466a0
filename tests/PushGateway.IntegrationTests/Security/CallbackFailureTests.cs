using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Time.Testing;
using PushGateway.IntegrationTests.Infrastructure;
using PushGateway.Protocol;
using PushGateway.Security.Authorization;

namespace PushGateway.IntegrationTests.Security;

/// <summary>Whatever a back end does, or does not: the answer is no, in time, and nobody else notices.</summary>
public sealed class CallbackFailureTests
{
    private const string PrivateText = "what-nobody-is-to-read-in-a-log";

    private const string Late = "there was no answer within 00:00:00.5000000";

    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(500);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static readonly Dictionary<string, (Func<HttpContext, FarEnd.Question, Task> Answer, string Why)> Behaviours = new()
    {
        ["an error"] = (FarEnd.Says(PrivateText, 500), "its status is 500"),
        ["nothing there"] = (FarEnd.Says("""{"result":{"user":"42"}}""", 404), "its status is 404"),
        ["another kind of success"] = (FarEnd.Says("""{"result":{"user":"42"}}""", 201), "its status is 201"),
        ["a redirect"] = ((context, _) => Task.Run(() => context.Response.Redirect("/elsewhere", permanent: false, preserveMethod: true)), "its status is 307"),
        ["garbage"] = (FarEnd.Says(PrivateText), "its answer is no well-formed JSON"),
        ["a page to sign in"] = (FarEnd.Says($"<html>{PrivateText}</html>", type: "text/html"), "its answer is no well-formed JSON"),
        ["nothing"] = (FarEnd.Says(""), "its answer is no well-formed JSON"),
        ["neither yes nor no"] = (FarEnd.Says("{}"), "its answer has neither result nor error nor disconnect"),
        ["something unknown"] = (FarEnd.Says($$$"""{"result":{"future":"{{{PrivateText}}}"}}"""), "its result has a field that is not served, 'future'"),
        ["too much"] = (FarEnd.Says($$$"""{"error":{"code":400,"message":"{{{new string('x', 70_000)}}}"}}"""), "its answer is larger than 65536 bytes"),
        ["too much, of a length it does not say"] = (EndlessAsync, "its answer is larger than 65536 bytes"),
        ["a byte now and then"] = (DripAsync, Late),
        ["silence"] = (FarEnd.IsSilent(), Late),
        ["a connection cut before the answer"] = ((context, _) => Task.Run(context.Abort), "the request failed by"),
        ["a connection cut within the answer"] = (CutAsync, "the request failed by"),
    };

    public static TheoryData<string> Failures => [.. Behaviours.Keys];

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task A_back_end_that_fails_lets_nobody_in_and_the_operator_is_told(string what)
    {
        var (answer, why) = Behaviours[what];
        await using var farEnd = await FarEnd.StartAsync(answer);
        using var asking = new Asking(farEnd.Address, callbacks => callbacks.Timeout = why == Late ? Short : callbacks.Timeout);
        await AssertClosedAsync(asking);
        Assert.InRange(farEnd.Questions.Count, why == Late ? 0 : 3, 3); // On a busy machine the time may be over before the question is there.
        Assert.DoesNotContain("/elsewhere", farEnd.Questions.Select(question => question.Path));

        Assert.All(["connect", "subscribe", "publish"], kind => Assert.True(
            asking.Log.Lines.Any(line => line.Contains($"for {kind}: {why}", StringComparison.Ordinal)), $"{what}: {string.Join('\n', asking.Log.Lines)}"));
        Assert.All(farEnd.Questions, question => Assert.Contains(asking.Log.Lines, line => line.Contains(question.Headers["webhook-id"], StringComparison.Ordinal)));
        AssertNothingTold(asking);
    }

    [Fact]
    public async Task A_back_end_that_is_not_there_lets_nobody_in()
    {
        var farEnd = await FarEnd.StartAsync();
        var address = farEnd.Address;
        await farEnd.DisposeAsync();
        using var asking = new Asking(address);
        await AssertClosedAsync(asking);
        Assert.Contains(asking.Log.Lines, line => line.Contains("the request failed by ConnectionError", StringComparison.Ordinal));
        AssertNothingTold(asking);
    }

    [Fact]
    public async Task A_client_that_has_gone_takes_its_question_with_it()
    {
        var left = new TaskCompletionSource();
        await using var farEnd = await FarEnd.StartAsync(FarEnd.IsSilent(() => left.TrySetResult()));
        using var asking = new Asking(farEnd.Address);
        using var client = new CancellationTokenSource();
        var answer = asking.SubscribeAsync(client.Token);
        await Eventually.EqualAsync(1, () => farEnd.Questions.Count);
        await client.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => answer);
        await left.Task.WaitAsync(RawWebSocket.Patience, Cancellation);
        Assert.Empty(asking.Log.Lines); // Nothing is wrong with the back end.
    }

    [Fact]
    public async Task Only_so_many_questions_of_a_kind_are_under_way_and_other_kinds_do_not_notice()
    {
        await using var farEnd = await FarEnd.StartAsync((context, question) => (question.Path == "/subscribe" ? FarEnd.IsSilent() : FarEnd.Says("""{"result":{}}"""))(context, question));
        using var asking = new Asking(farEnd.Address, callbacks => callbacks.MaxInFlight = 2);
        using var clients = new CancellationTokenSource();
        Task[] waiting = [asking.SubscribeAsync(clients.Token), asking.SubscribeAsync(clients.Token)];
        await Eventually.EqualAsync(2, () => farEnd.Questions.Count);

        Assert.Equal(ChannelDecision.Unavailable, await asking.SubscribeAsync());
        Assert.True((await asking.PublishAsync()).IsAllowed);
        Assert.All(waiting, question => Assert.False(question.IsCompleted));
        Assert.Contains(asking.Log.Lines, line => line.Contains("too many questions are under way", StringComparison.Ordinal));

        await clients.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Task.WhenAll(waiting));
        farEnd.Answer = FarEnd.Says("""{"result":{}}""");
        Assert.True((await asking.SubscribeAsync()).IsAllowed);
    }

    [Fact]
    public async Task A_flood_of_failures_is_a_line_a_second_with_their_number()
    {
        var time = new FakeTimeProvider();
        await using var farEnd = await FarEnd.StartAsync(FarEnd.Says("", 503));
        using var asking = new Asking(farEnd.Address, callbacks => callbacks.BreakerMinimumThroughput = 1000, time);
        for (var i = 0; i < 30; i++)
            await asking.PublishAsync();
        Assert.EndsWith("Failures since this was last said: 1. ", Assert.Single(asking.Log.Lines), StringComparison.Ordinal);

        time.Advance(TimeSpan.FromSeconds(1));
        await asking.PublishAsync();
        Assert.Equal(2, asking.Log.Lines.Count);
        Assert.EndsWith("Failures since this was last said: 30. ", asking.Log.Lines.Last(), StringComparison.Ordinal);
    }

    private static async Task AssertClosedAsync(Asking asking)
    {
        var data = $"\"{PrivateText}\"";
        var answer = await asking.ConnectAsync(new ConnectRequest { Name = PrivateText, Data = System.Text.Encoding.UTF8.GetBytes(data) });
        Assert.Equal((null, ErrorResult.Internal, null), (answer.Grant, answer.Error, answer.End));
        Assert.Equal(ChannelDecision.Unavailable, await asking.SubscribeAsync());
        Assert.Equal(ChannelDecision.Unavailable, await asking.PublishAsync(data));
    }

    private static void AssertNothingTold(Asking asking)
    {
        Assert.DoesNotContain(asking.Log.Lines, line => line.Contains(Asking.Secret["whsec_".Length..], StringComparison.Ordinal));
        Assert.DoesNotContain(asking.Log.Lines, line => line.Contains(PrivateText, StringComparison.Ordinal));
        Assert.DoesNotContain(asking.Log.Lines, line => line.Contains("v1,", StringComparison.Ordinal));
    }

    private static async Task EndlessAsync(HttpContext context, FarEnd.Question question)
    {
        var part = new byte[16 * 1024];
        part.AsSpan().Fill((byte)' ');
        while (!context.RequestAborted.IsCancellationRequested)
            await context.Response.Body.WriteAsync(part, context.RequestAborted);
    }

    private static async Task DripAsync(HttpContext context, FarEnd.Question question)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (await timer.WaitForNextTickAsync(context.RequestAborted))
            await context.Response.WriteAsync(" ", context.RequestAborted);
    }

    private static async Task CutAsync(HttpContext context, FarEnd.Question question)
    {
        context.Response.ContentLength = 100;
        await context.Response.WriteAsync("""{"result":{"user":"42"}}""");
        await context.Response.Body.FlushAsync();
        context.Features.GetRequiredFeature<IHttpRequestLifetimeFeature>().Abort();
    }
}
