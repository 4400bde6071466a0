using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using PushGateway.Brokers;
using PushGateway.IntegrationTests.Infrastructure;

namespace PushGateway.IntegrationTests.Api;

/// <summary>Publishing in batches on the memory broker, and what does not depend on the broker.</summary>
public sealed class BatchTests(KeepingNode shared) : BatchContract(shared), IClassFixture<KeepingNode>
{
    private const string Path = "/v1/notifications:batch";

    [Theory]
    [InlineData("application/x-ndjson")]
    [InlineData("application/jsonl")]
    [InlineData("Application/JSONL; charset=\"UTF-8\"")]
    public async Task JSON_lines_in_UTF8_are_taken(string contentType) =>
        Assert.Single(await (await PostAsync(contentType)).ReadLinesAsync());

    [Theory]
    [InlineData(null)]
    [InlineData("application/json")]
    [InlineData("text/plain")]
    [InlineData("application/x-ndjson; charset=utf-16")]
    public async Task All_other_types_are_refused(string? contentType)
    {
        var problem = await (await PostAsync(contentType)).ReadProblemAsync(HttpStatusCode.UnsupportedMediaType, "unsupported-media-type");
        Assert.Contains("application/x-ndjson or application/jsonl", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_header_of_keys_belongs_into_the_lines()
    {
        var problem = await (await Node.Http.PostBatchAsync("""{"channel":"a","data":1}""", "a key")).ReadProblemAsync(HttpStatusCode.BadRequest, "invalid-request");
        Assert.Equal("Idempotency-Key", problem.Field());
        Assert.Contains("idempotencyKey", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_batch_of_nothing_has_no_answers()
    {
        foreach (var nothing in new[] { "", "\n", "\r\n\r\n  " })
            Assert.Empty(await (await Node.Http.PostBatchAsync(nothing)).ReadLinesAsync());
    }

    [Fact]
    public async Task A_key_is_needed()
    {
        await using var node = GatewayNode.Start(("PushGateway:Security:ApiKeys:0", "a-key-0123456789"));
        await (await node.Http.PostBatchAsync("""{"channel":"a","data":1}""")).ReadProblemAsync(HttpStatusCode.Unauthorized, "unauthorized");
    }

    [Fact]
    public async Task Limits_are_settings()
    {
        await using var node = GatewayNode.Start(("PushGateway:Api:MaxBatchLines", "3"), ("PushGateway:Api:MaxBatchBytes", "4000"), ("PushGateway:Api:MaxBodyBytes", "1024"), ("PushGateway:Api:MaxDataBytes", "1000"));
        const string line = """{"channel":"a","data":1}""" + "\n";
        var answers = await (await node.Http.PostBatchAsync(line + line + line + line + line)).ReadLinesAsync();
        Assert.Equal(["results", "results", "results", "error"], answers.Select(answer => answer.EnumerateObject().Last().Name));
        Assert.Contains("3 lines", answers[3].GetProperty("error").GetProperty("detail").GetString(), StringComparison.Ordinal);

        answers = await (await node.Http.PostBatchAsync(line + new string(' ', 1025) + "\n" + line)).ReadLinesAsync();
        Assert.Equal(["results", "error"], answers.Take(2).Select(answer => answer.EnumerateObject().Last().Name));

        await (await node.Http.PostBatchAsync(new string('\n', 4001))).ReadProblemAsync(HttpStatusCode.RequestEntityTooLarge, "too-large");
        using var batch = await BatchConnection.OpenAsync(node);
        await batch.SendAsync(line + new string('\n', 4000));
        Assert.NotNull(await batch.AnswerAsync());
        Assert.Contains("4000 bytes", (await batch.AnswerAsync())!.Value.GetProperty("error").GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Null(await batch.AnswerAsync());
    }

    [Fact]
    public async Task A_broker_that_is_away_fails_lines_and_not_the_batch()
    {
        await using var node = GatewayNode.StartWith(services => services.AddSingleton<IBroker>(new BrokenBroker("kept")));
        using var batch = await BatchConnection.OpenAsync(node);
        await batch.SendAsync("{\"channel\":\"a\",\"data\":1}\n{\"channel\":\"kept\",\"data\":1}\n{\"channels\":[\"a\",\"kept\"],\"data\":1}\n{\"channels\":[\"a\",\"b\"],\"data\":1}\n");
        const string away = "urn:pushgateway:problem:broker-unavailable";
        Assert.Equal(away, (await batch.AnswerAsync())!.Value.GetProperty("error").GetProperty("type").GetString());
        Assert.Equal("""{"line":2,"results":[{"channel":"kept","offset":7,"epoch":"epoch-1"}]}""", (await batch.AnswerAsync())!.Value.GetRawText());
        var results = (await batch.AnswerAsync())!.Value.GetProperty("results");
        Assert.Equal(away, results[0].GetProperty("error").GetProperty("type").GetString());
        Assert.Equal(7, results[1].GetProperty("offset").GetInt32());
        Assert.Equal(away, (await batch.AnswerAsync())!.Value.GetProperty("error").GetProperty("type").GetString());
        await batch.EndAsync();
        Assert.Null(await batch.AnswerAsync());
    }

    [Fact]
    public async Task A_broken_chunk_ends_the_batch_behind_the_lines_that_came()
    {
        using var batch = await BatchConnection.OpenAsync(Node);
        await batch.SendAsync("{\"channel\":\"a\",\"data\":1}\n");
        Assert.NotNull(await batch.AnswerAsync());
        await batch.SendRawAsync("ZZ\r\n");
        var answer = (await batch.AnswerAsync())!.Value;
        Assert.Equal(2, answer.GetProperty("line").GetInt32());
        Assert.Equal("urn:pushgateway:problem:broken-request", answer.GetProperty("error").GetProperty("type").GetString());
    }

    [Fact]
    public async Task A_client_that_reads_only_when_it_has_sent_everything_gets_all_answers()
    {
        const int lines = 10_000;
        using var batch = await BatchConnection.OpenAsync(Node);
        for (var i = 0; i < lines; i += 100)
            await batch.SendAsync(string.Concat(Enumerable.Repeat("""{"user":"a-user-of-some-length","data":{"title":"Your order is on its way"}}""" + "\n", 100)));
        await batch.EndAsync();
        for (var i = 1; i <= lines; i++)
            Assert.Equal(i, (await batch.AnswerAsync())!.Value.GetProperty("line").GetInt32());
        Assert.Null(await batch.AnswerAsync());
    }

    [Fact]
    public async Task A_line_as_long_as_a_body_may_be_is_read_in_whatever_parts_it_comes()
    {
        using var batch = await BatchConnection.OpenAsync(Node);
        const string start = """{"channel":"a","data":1""";
        for (var i = 1; i <= 2; i++)
        {
            foreach (var part in (start + new string(' ', 1024 * 1024 - start.Length - 1) + "}\n").Chunk(10_000))
                await batch.SendAsync(new string(part));
            Assert.Equal($$"""{"line":{{i}},"results":[{"channel":"a"}]}""", (await batch.AnswerAsync())!.Value.GetRawText());
        }

        await batch.EndAsync();
        Assert.Null(await batch.AnswerAsync());
    }

    [Fact]
    public async Task HTTP_2_streams_in_both_directions()
    {
        await using var node = GatewayNode.Start(("Kestrel:EndpointDefaults:Protocols", "Http2"));
        using var lines = new BlockingCollection<string>();
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(node.Address, Path)) { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact, Content = new LinesContent(lines) };
        var sending = node.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        lines.Add("{\"channel\":\"a\",\"data\":1}\n", TestContext.Current.CancellationToken);
        using var answer = await sending;
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));
        Assert.Equal("""{"line":1,"results":[{"channel":"a"}]}""", await reader.ReadLineAsync(TestContext.Current.CancellationToken));
        for (var i = 2; i <= 200; i++)
        {
            lines.Add("{\"channel\":\"a\",\"data\":1}\n", TestContext.Current.CancellationToken);
            Assert.Equal($$"""{"line":{{i}},"results":[{"channel":"a"}]}""", await reader.ReadLineAsync(TestContext.Current.CancellationToken));
        }

        lines.CompleteAdding();
        Assert.Null(await reader.ReadLineAsync(TestContext.Current.CancellationToken));
        Assert.Equal(HttpVersion.Version20, answer.Version);
    }

    private async Task<HttpResponseMessage> PostAsync(string? contentType)
    {
        using var body = new ByteArrayContent(Encoding.UTF8.GetBytes("""{"channel":"a","data":1}"""));
        if (contentType is not null)
            body.Headers.TryAddWithoutValidation("Content-Type", contentType);
        return await Node.Http.PostAsync(new Uri(Path, UriKind.Relative), body, TestContext.Current.CancellationToken);
    }

    /// <summary>Sends each line when the test has it.</summary>
    private sealed class LinesContent : HttpContent
    {
        private readonly BlockingCollection<string> _lines;

        public LinesContent(BlockingCollection<string> lines)
        {
            _lines = lines;
            Headers.ContentType = new("application/x-ndjson");
        }

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => Task.Run(async () =>
        {
            foreach (var line in _lines.GetConsumingEnumerable())
            {
                await stream.WriteAsync(Encoding.UTF8.GetBytes(line));
                await stream.FlushAsync();
            }
        });

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
