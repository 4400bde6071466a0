using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using PushGateway.Api;
using PushGateway.Api.Batch;
using PushGateway.Brokers;
using PushGateway.Channels;
using PushGateway.Notifications;
using PushGateway.Security;

namespace PushGateway.Tests.Api.Batch;

public sealed class NotificationBatchTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly HeldPublisher _publisher = new();
    private readonly Pipe _body = new(new PipeOptions(pauseWriterThreshold: 64 * 1024, resumeWriterThreshold: 32 * 1024)), _response = new(new PipeOptions(pauseWriterThreshold: 64 * 1024));
    private readonly PushGatewayOptions _options = new();
    private readonly CancellationTokenSource _patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private INotificationPublisher? _other;

    public NotificationBatchTests() => _patience.CancelAfter(Patience);

    public void Dispose() => _patience.Dispose();

    [Fact]
    public async Task Answers_come_in_the_order_of_the_lines_as_soon_as_they_are_known()
    {
        var running = Run();
        await SendAsync("""{"channel":"a","data":1}""", """{"channel":"b","data":2}""", """{"channel":"c","data":3}""");
        await AskedAsync("1", "2", "3");
        _publisher.Let("2");
        _publisher.Let("1");
        Assert.Equal("""{"line":1,"results":[{"channel":"a"}]}""", await AnswerAsync());
        Assert.Equal("""{"line":2,"results":[{"channel":"b"}]}""", await AnswerAsync());
        Assert.False(running.IsCompleted);

        // And while nothing is under way.
        _publisher.Let("3");
        Assert.Equal("""{"line":3,"results":[{"channel":"c"}]}""", await AnswerAsync());
        _publisher.Let("4");
        await SendAsync("""{"channel":"a","data":4}""");
        Assert.Equal("""{"line":4,"results":[{"channel":"a"}]}""", await AnswerAsync());
        await _body.Writer.CompleteAsync();
        await running;
        Assert.Null(await AnswerAsync());
    }

    [Fact]
    public async Task A_notification_waits_for_the_one_before_it_on_the_same_channel_also_when_that_fails()
    {
        var running = Run();
        await SendAsync(
            """{"channel":"a","data":1}""", """{"channel":"b","data":2}""", """{"channels":["c","a","b"],"data":3}""", """{"channel":"c","data":4}""", """{"channel":"d","data":5}""",
            """{"channel":"a","data":6}""");
        await AskedAsync("1", "2", "5");
        _publisher.Let("1", new BrokerUnavailableException("The test has cut the line."));
        Assert.Contains("broker-unavailable", await AnswerAsync(), StringComparison.Ordinal);
        Assert.Equal(["1", "2", "5"], _publisher.Asked);
        _publisher.Let("2");
        await AskedAsync("1", "2", "5", "3");
        _publisher.Let("3");
        foreach (var last in new[] { "4", "5", "6" })
            _publisher.Let(last);
        await _body.Writer.CompleteAsync();
        await running;
        for (var line = 2; line <= 6; line++)
            Assert.StartsWith($$"""{"line":{{line}},"results":""", await AnswerAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_more_are_under_way_than_the_limit()
    {
        _options.Api.MaxBatchInFlight = 2;
        var running = Run();
        await SendAsync([.. Enumerable.Range(1, 4).Select(i => $$"""{"channel":"c{{i}}","data":{{i}}}""")]);
        await AskedAsync("1", "2");
        _publisher.Let("2"); // Not answered before the first, so that its place is still taken.
        _publisher.Let("1");
        await AskedAsync("1", "2", "3", "4");
        _publisher.Let("3");
        _publisher.Let("4");
        await _body.Writer.CompleteAsync();
        await running;
    }

    [Fact]
    public async Task No_more_bytes_are_under_way_than_one_line_may_have()
    {
        _options.Api.MaxBodyBytes = 1024;
        var running = Run();
        var filler = new string(' ', 600);
        await SendAsync($$"""{"channel":"a","data":1}{{filler}}""", $$"""{"channel":"b","data":2}{{filler}}""");
        await AskedAsync("1");
        _publisher.Let("1");
        await AskedAsync("1", "2");
        _publisher.Let("2");
        await _body.Writer.CompleteAsync();
        await running;
    }

    [Fact]
    public async Task Each_failure_is_the_answer_to_its_line()
    {
        var running = Run();
        await SendAsync("""{"channel":"a","data":1}""", "nonsense", """{"channel":"b","data":2}""", """{"channel":"c","data":3}""", "\"\u00e9", """{"channel":"d","data":4}""");
        await _body.Writer.WriteAsync(new byte[] { (byte)'"', 0xC3, (byte)'"' }, _patience.Token); // Not UTF-8, and without a line break.
        _publisher.Let("1", new IdempotencyConflictException());
        _publisher.Let("2", new InvalidOperationException("A defect, as the test wants it."));
        _publisher.Let("3", new InvalidNotificationException("channel", "is not for you"));
        _publisher.Let("4");
        await _body.Writer.CompleteAsync();
        await running;
        foreach (var expected in new[] { "idempotency-conflict", "The line is not well-formed JSON", "internal-error", "channel is not for you.", "The line is not well-formed JSON", "\"results\"", "not valid UTF-8" })
            Assert.Contains(expected, await AnswerAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_read_whole_is_published_when_the_body_breaks_off()
    {
        var running = Run();
        await SendAsync("""{"channel":"a","data":1}""");
        await _body.Writer.WriteAsync("""{"channel":"b","data":2}"""u8.ToArray(), _patience.Token); // Whole, but nobody can know.
        await AskedAsync("1");
        await _body.Writer.CompleteAsync(new BadHttpRequestException("Broken off, as the test wants it."));
        _publisher.Let("1");
        await running;
        Assert.Equal(["1"], _publisher.Asked);
        Assert.Contains("\"results\"", await AnswerAsync(), StringComparison.Ordinal);
        Assert.Contains("broken-request", await AnswerAsync(), StringComparison.Ordinal);
        Assert.Null(await AnswerAsync());
    }

    [Fact]
    public async Task A_connection_that_breaks_ends_the_batch_when_nothing_is_under_way_any_more()
    {
        var running = Run();
        await SendAsync("""{"channel":"a","data":1}""", """{"channel":"a","data":2}""");
        await AskedAsync("1");
        await _response.Reader.CompleteAsync();
        await _body.Writer.CompleteAsync(new IOException("Reset, as the test wants it."));
        _publisher.Let("1");
        await AskedAsync("1", "2");
        Assert.False(running.IsCompleted);
        _publisher.Let("2");
        await Assert.ThrowsAsync<IOException>(() => running);
    }

    [Fact]
    public async Task While_nobody_reads_the_answers_no_more_of_the_batch_is_read_than_has_room()
    {
        const int lines = 100_000;
        _other = new AtOnce();
        _options.Api.MaxBatchLines = lines;
        var running = Run();
        var sending = Task.Run(async () =>
        {
            for (var i = 0; i < lines; i++)
                await _body.Writer.WriteAsync("{\"channel\":\"a-channel-with-a-rather-long-name\",\"data\":1}\n"u8.ToArray(), _patience.Token);
            await _body.Writer.CompleteAsync();
        }, _patience.Token);

        // All would be sent by then. Where the machine is too slow for that, this proves less, and is still right.
        await Task.WhenAny(sending, Task.Delay(TimeSpan.FromSeconds(1), _patience.Token));
        Assert.False(sending.IsCompleted);

        var count = 0;
        while (await AnswerAsync() is not null)
            count++;
        Assert.Equal(lines, count);
        await sending;
        await running;
    }

    private readonly Audit _audit = new(NullLoggerFactory.Instance);

    private Task Run()
    {
        var options = Microsoft.Extensions.Options.Options.Create(_options);
        var batch = new NotificationBatch(
            new BatchReader(_body.Reader, _options.Api), new BatchAnswers(_response.Writer), new PublishPermit(ApiCaller.Loopback, _other ?? _publisher, _audit),
            new NotificationRules(new ChannelDirectory(options), options), _audit, _options.Api, NullLogger.Instance);
        return Task.Run(async () =>
        {
            await batch.RunAsync();
            await _response.Writer.CompleteAsync();
        });
    }

    private async Task SendAsync(params string[] lines) => await _body.Writer.WriteAsync(Encoding.UTF8.GetBytes(string.Concat(lines.Select(line => line + "\n"))), _patience.Token);

    private async Task AskedAsync(params string[] names)
    {
        while (_publisher.Asked.Count < names.Length)
            await Task.Delay(1, _patience.Token);
        Assert.Equal(names, _publisher.Asked);
    }

    /// <summary>The next line of the answer; null at its end.</summary>
    private async Task<string?> AnswerAsync()
    {
        while (true)
        {
            var read = await _response.Reader.ReadAsync(_patience.Token);
            if (read.Buffer.PositionOf((byte)'\n') is { } end)
            {
                var line = Encoding.UTF8.GetString(read.Buffer.Slice(0, end));
                _response.Reader.AdvanceTo(read.Buffer.GetPosition(1, end));
                return line;
            }

            _response.Reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            if (read.IsCompleted)
                return null;
        }
    }

    private sealed class AtOnce : INotificationPublisher
    {
        public ValueTask<IReadOnlyList<NotificationResult>> PublishAsync(Notification notification, CancellationToken cancellationToken = default) =>
            new([new NotificationResult(notification.Channels[0])]);
    }
}
