using System.Text;
using System.Text.Json;
using PushGateway.IntegrationTests.Infrastructure;

namespace PushGateway.IntegrationTests.Api;

/// <summary>Publishing in batches, on any broker.</summary>
public abstract class BatchContract(KeepingNode shared)
{
    private readonly string _id = $"{Guid.NewGuid():N}";

    protected GatewayNode Node { get; } = shared.Node;

    [Fact]
    public async Task Thousands_of_lines_are_answered_in_order_and_arrive_in_the_order_of_their_channel()
    {
        const int lines = 10_000, channels = 50;
        await using var client = await Subscriber.ConnectAsync(Node.WebSocket, $"news:{_id}-7");
        var body = new StringBuilder();
        for (var i = 0; i < lines; i++)
            body.Append($"{{\"channel\":\"news:{_id}-{i % channels}\",\"data\":{i}}}\n");

        var answers = await (await Node.Http.PostBatchAsync(body.ToString())).ReadLinesAsync();

        Assert.Equal(lines, answers.Length);
        for (var i = 0; i < lines; i++)
            Assert.Equal($$"""{"line":{{i + 1}},"results":[{"channel":"news:{{_id}}-{{i % channels}}"}]}""", answers[i].GetRawText());
        for (var i = 7; i < lines; i += channels)
            Assert.Equal($"{i}", (await client.NextAsync()).Data);
    }

    [Fact]
    public async Task Offsets_are_in_the_order_of_the_lines()
    {
        var channel = $"kept:{_id}";
        var answers = await (await Node.Http.PostBatchAsync(
            string.Concat(Enumerable.Range(1, 40).Select(i => i % 2 == 0 ? $"{{\"channel\":\"{channel}\",\"data\":{i}}}\n" : $"{{\"channels\":[\"kept:{_id}-x\",\"{channel}\"],\"data\":{i},\"version\":{i}}}\n"))))
            .ReadLinesAsync();
        Assert.Equal(Enumerable.Range(1, 40), answers.Select(answer => answer.GetProperty("results").EnumerateArray().Last().GetProperty("offset").GetInt32()));
        Assert.Equal(
            Enumerable.Range(1, 40), (await Node.Http.FetchHistoryAsync(channel)).GetProperty("publications").EnumerateArray().Select(publication => publication.GetProperty("data").GetInt32()));
    }

    [Fact]
    public async Task Lines_are_answered_while_the_rest_still_comes()
    {
        using var batch = await BatchConnection.OpenAsync(Node);
        await batch.SendAsync(Line(1) + Line(2)[..10]);
        AssertPublished(1, await batch.AnswerAsync());
        Assert.Equal(200, batch.Head!.Status);
        await batch.SendAsync(Line(2)[10..]);
        AssertPublished(2, await batch.AnswerAsync());
        await batch.SendAsync("\n" + Line(4) + Line(5));
        AssertPublished(4, await batch.AnswerAsync());
        AssertPublished(5, await batch.AnswerAsync());
        await batch.SendAsync(Line(6).TrimEnd());
        await batch.EndAsync();
        AssertPublished(6, await batch.AnswerAsync());
        Assert.Null(await batch.AnswerAsync());
    }

    [Fact]
    public async Task A_line_that_is_wrong_stops_no_other()
    {
        await using var client = await Subscriber.ConnectAsync(Node.WebSocket, $"news:{_id}");
        var answers = await (await Node.Http.PostBatchAsync(
            $$"""
            {{Line(1)}}nonsense
            {"channel":"nowhere:{{_id}}","data":1}
            {"channel":"news:{{_id}}"}
            {"channel":"news:{{_id}}","data":"{{new string('x', 70_000)}}"}
            {"channel":"news:{{_id}}","data":1,"Idempotency-Key":"x"}
            {"channel":"news:{{_id}}","data":1,"idempotencyKey":""}
            {"channel":"news:{{_id}}","data":"{{new string('x', 1024 * 1024)}}"}
            {{Line(9)}}
            """)).ReadLinesAsync();

        Assert.Equal(9, answers.Length);
        AssertPublished(1, answers[0]);
        AssertFailed(2, "invalid-request", "", answers[1]);
        AssertFailed(3, "invalid-request", "channel", answers[2]);
        AssertFailed(4, "invalid-request", "data", answers[3]);
        AssertFailed(5, "too-large", "data", answers[4]);
        AssertFailed(6, "invalid-request", "Idempotency-Key", answers[5]);
        AssertFailed(7, "invalid-request", "idempotencyKey", answers[6]);
        AssertFailed(8, "too-large", "line", answers[7]);
        AssertPublished(9, answers[8]);
        Assert.Equal("1", (await client.NextAsync()).Data);
        Assert.Equal("9", (await client.NextAsync()).Data);
    }

    [Fact]
    public async Task A_line_with_a_key_is_published_once()
    {
        await using var client = await Subscriber.ConnectAsync(Node.WebSocket, $"news:{_id}");
        var lines = $$"""
            {"channel":"news:{{_id}}","data":1,"idempotencyKey":"{{_id}}"}
            {"channel":"news:{{_id}}","data":1,"idempotencyKey":"{{_id}}"}
            {"channel":"news:{{_id}}","data":2,"idempotencyKey":"{{_id}}"}
            {{Line(4)}}
            """;
        foreach (var isFirst in new[] { true, false })
        {
            var answers = await (await Node.Http.PostBatchAsync(lines)).ReadLinesAsync();
            Assert.Equal(!isFirst, answers[0].TryGetProperty("replayed", out _));
            Assert.True(answers[1].GetProperty("replayed").GetBoolean());
            Assert.Equal(answers[0].GetProperty("results").GetRawText(), answers[1].GetProperty("results").GetRawText());
            AssertFailed(3, "idempotency-conflict", "", answers[2]);
            AssertPublished(4, answers[3]);
        }

        foreach (var expected in new[] { "1", "4", "4" })
            Assert.Equal(expected, (await client.NextAsync()).Data);
    }

    [Fact]
    public async Task What_came_whole_before_the_sender_hung_up_is_published()
    {
        await using var client = await Subscriber.ConnectAsync(Node.WebSocket, $"news:{_id}");
        using (var batch = await BatchConnection.OpenAsync(Node))
        {
            await batch.SendAsync(Line(1) + Line(2) + Line(3).TrimEnd());
            AssertPublished(1, await batch.AnswerAsync());
            batch.HangUp();
        }

        await (await Node.Http.PostBatchAsync(Line(4))).ReadLinesAsync();
        foreach (var expected in new[] { "1", "2", "4" })
            Assert.Equal(expected, (await client.NextAsync()).Data);
    }

    private string Line(int number) => $"{{\"channel\":\"news:{_id}\",\"data\":{number}}}\n";

    private void AssertPublished(int line, JsonElement? answer) => Assert.Equal($$"""{"line":{{line}},"results":[{"channel":"news:{{_id}}"}]}""", answer?.GetRawText());

    private static void AssertFailed(int line, string type, string field, JsonElement answer)
    {
        Assert.Equal(line, answer.GetProperty("line").GetInt32());
        Assert.Equal("urn:pushgateway:problem:" + type, answer.GetProperty("error").GetProperty("type").GetString());
        Assert.Equal(field, answer.GetProperty("error").Field());
        Assert.False(answer.TryGetProperty("results", out _));
    }
}
