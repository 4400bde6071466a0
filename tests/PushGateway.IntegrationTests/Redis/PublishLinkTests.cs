using System.Collections.Concurrent;
using Microsoft.Extensions.Logging.Abstractions;
using PushGateway.Brokers;
using PushGateway.Channels;
using PushGateway.IntegrationTests.Contracts;
using PushGateway.Redis.Brokers;
using PushGateway.Redis.PubSub;
using PushGateway.Redis.Publishing;
using StackExchange.Redis;

namespace PushGateway.IntegrationTests.Redis;

/// <summary>What the connection for publishing makes of what a server says, or does not say.</summary>
public sealed class PublishLinkTests : IAsyncLifetime
{
    private static readonly PublishOptions Kept = new(new HistoryLimits(10, TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(1)));

    private readonly FakeRedis _redis = new();
    private PublishLinks _links = null!;
    private int _relocations;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await _links.DisposeAsync();
        await _redis.DisposeAsync();
    }

    [Fact]
    public async Task Each_command_gets_its_own_answer()
    {
        _redis.OnPublish = (_, words) => words[0] == "PUBLISH"
            ? words[1].EndsWith("7}", StringComparison.Ordinal) ? "-ERR sevens are refused\r\n" : ":1\r\n"
            : $"*5\r\n:0\r\n:0\r\n:{words[3][6..^1]}\r\n$8\r\nabcdefgh\r\n:1700000000000\r\n";
        await ConnectAsync();

        var replies = await Task.WhenAll(Enumerable.Range(0, 2_000).Select(i => Task.Run(async () => await SendAsync($"{i}", i % 2 == 0 ? Kept : PublishOptions.Default))));

        for (var i = 0; i < replies.Length; i++)
        {
            Assert.Equal(i % 10 == 7 ? PublishFate.Refused : PublishFate.Done, replies[i].Fate);
            Assert.Equal(i % 2 == 0 ? (ulong)i : 0, replies[i].Answer.Offset);
        }
    }

    [Fact]
    public async Task Commands_leave_in_the_order_in_which_one_publisher_gave_them()
    {
        var heard = new ConcurrentQueue<string>();
        _redis.OnPublish = (_, words) =>
        {
            heard.Enqueue(words[1]);
            return ":0\r\n";
        };
        await ConnectAsync();

        var sent = Enumerable.Range(0, 5_000).Select(i => (Name: $"{i}", Operation: _links.TrySend(RequestOf($"{i}", PublishOptions.Default))!)).ToArray();
        foreach (var (_, operation) in sent)
            Assert.Equal(PublishFate.Done, (await operation.ReplyAsync()).Fate);

        Assert.Equal(sent.Select(command => $"pg:c:{{{command.Name}}}"), heard);
    }

    [Theory]
    [InlineData("MOVED 1 127.0.0.1:1", true)]
    [InlineData("CLUSTERDOWN Hash slot not served", true)]
    [InlineData("NOSCRIPT No matching script.", false)]
    [InlineData("LOADING Redis is loading", false)]
    public async Task What_another_way_may_do_is_given_back_and_the_connection_stays(string error, bool relocates)
    {
        _redis.OnPublish = (_, _) => $"-{error}\r\n";
        await ConnectAsync();

        Assert.Equal(PublishFate.NotDone, (await SendAsync("1", Kept)).Fate);

        Assert.Equal(relocates, Volatile.Read(ref _relocations) > 0);
        _redis.OnPublish = (_, _) => ":0\r\n";
        Assert.Equal(PublishFate.Done, (await SendAsync("2", PublishOptions.Default)).Fate);
        Assert.Equal(1, _redis.Connections);
    }

    [Fact]
    public async Task A_server_that_writes_no_more_is_left_and_asked_for_its_role_again()
    {
        _redis.OnPublish = (_, _) => "-READONLY You can't write against a read only replica.\r\n";
        await ConnectAsync();
        _redis.Role = "slave";

        var sent = Enumerable.Range(0, 100).Select(i => _links.TrySend(RequestOf($"{i}", Kept))).OfType<PublishOperation>().ToArray();
        foreach (var operation in sent)
            Assert.Equal(PublishFate.NotDone, (await operation.ReplyAsync()).Fate);

        await Patience.UntilAsync(() => _redis.Connections > 2);
        Assert.True(Volatile.Read(ref _relocations) > 0);
        Assert.Null(_links.TrySend(RequestOf("1", PublishOptions.Default)));
        _redis.Role = "master";
        await Patience.UntilAsync(() => _links.IsWhole);
    }

    [Fact]
    public async Task A_server_that_becomes_a_replica_behind_its_back_is_left()
    {
        await ConnectAsync();

        _redis.Role = "slave";

        await Patience.UntilAsync(() => _links.TrySend(RequestOf("1", PublishOptions.Default)) is null);
        Assert.True(Volatile.Read(ref _relocations) > 0);
    }

    [Fact]
    public async Task What_was_sent_when_the_connection_ends_is_of_unknown_outcome()
    {
        _redis.OnPublish = (connection, _) => connection > 1 ? ":0\r\n" : FakeRedis.Hangup;
        await ConnectAsync();

        Assert.Equal(PublishFate.Unknown, (await SendAsync("1", PublishOptions.Default)).Fate);

        await Patience.UntilAsync(() => _redis.Connections > 1 && _links.IsWhole);
        Assert.Equal(PublishFate.Done, (await SendAsync("2", PublishOptions.Default)).Fate);
    }

    [Fact]
    public async Task What_is_not_answered_in_time_is_of_unknown_outcome_and_its_late_answer_is_nobody_elses()
    {
        using var answers = new ManualResetEventSlim();
        _redis.OnPublish = (_, words) =>
        {
            if (words[0] == "PUBLISH")
                return ":0\r\n";
            answers.Wait(TestContext.Current.CancellationToken);
            return "*5\r\n:0\r\n:0\r\n:7\r\n$8\r\nabcdefgh\r\n:1700000000000\r\n";
        };
        await ConnectAsync(commandTimeout: 1);

        Assert.Equal(PublishFate.Unknown, (await SendAsync("late", Kept)).Fate);
        var next = SendAsync("next", PublishOptions.Default);
        answers.Set();

        Assert.Equal(new PublishReply(PublishFate.Done), await next);
        Assert.Equal(1, _redis.Connections);
    }

    [Fact]
    public async Task A_server_that_falls_silent_is_left_for_a_new_connection()
    {
        using var never = new ManualResetEventSlim();
        _redis.OnPublish = (connection, _) => connection > 1 || never.Wait(Timeout.Infinite, TestContext.Current.CancellationToken) ? ":0\r\n" : null;
        await ConnectAsync();

        Assert.Equal(PublishFate.Unknown, (await SendAsync("1", PublishOptions.Default)).Fate);

        await Patience.UntilAsync(() => _redis.Connections > 1 && _links.IsWhole);
        Assert.Equal(PublishFate.Done, (await SendAsync("2", PublishOptions.Default)).Fate);
        never.Set();
    }

    [Fact]
    public async Task An_answer_that_is_none_ends_the_connection()
    {
        _redis.OnPublish = (connection, _) => connection > 1 ? ":0\r\n" : "$3\r\nwhy\r\n";
        await ConnectAsync();

        Assert.Equal(PublishFate.Unknown, (await SendAsync("1", PublishOptions.Default)).Fate);

        await Patience.UntilAsync(() => _redis.Connections > 1 && _links.IsWhole);
    }

    [Fact]
    public async Task What_is_said_unasked_ends_the_connection()
    {
        await ConnectAsync();

        _redis.Say("+HELLO\r\n");

        await Patience.UntilAsync(() => _redis.Connections > 1 && _links.IsWhole);
    }

    [Fact]
    public async Task More_than_may_wait_is_refused_at_once_and_taken_again_when_there_is_room()
    {
        using var answers = new ManualResetEventSlim();
        _redis.OnPublish = (_, _) => answers.Wait(Timeout.Infinite, TestContext.Current.CancellationToken) ? ":0\r\n" : null;
        await ConnectAsync(maxPendingBytes: 1024 * 1024);
        var large = new Publication(new byte[300 * 1024]);

        var sent = Enumerable.Range(0, 3).Select(_ => _links.TrySend(new PublishRequest("news", large, PublishOptions.Default))!).ToArray();
        var refused = Assert.Throws<BrokerUnavailableException>(() => _links.TrySend(new PublishRequest("news", large, PublishOptions.Default)));

        Assert.Contains("1048576", refused.Message, StringComparison.Ordinal);
        answers.Set();
        foreach (var operation in sent)
            Assert.Equal(PublishFate.Done, (await operation.ReplyAsync()).Fate);
        Assert.NotNull(_links.TrySend(new PublishRequest("news", large, PublishOptions.Default)));
    }

    [Fact]
    public async Task A_publisher_that_blocks_holds_up_no_other()
    {
        await ConnectAsync();
        using var go = new ManualResetEventSlim();
        var blocked = Task.Run(BlockAsync, TestContext.Current.CancellationToken); // Not on this thread, where a reply that came at once would leave it.

        for (var i = 0; i < 100; i++)
            Assert.Equal(PublishFate.Done, (await SendAsync("2", PublishOptions.Default)).Fate);

        go.Set();
        await blocked;

        async Task BlockAsync()
        {
            await SendAsync("1", PublishOptions.Default);
            Assert.NotEqual("redis-publisher", Thread.CurrentThread.Name);
            go.Wait(TestContext.Current.CancellationToken);
        }
    }

    [Fact]
    public async Task Nothing_is_allocated_for_a_publication_on_its_way()
    {
        var request = RequestOf("news", PublishOptions.Default);
        var operations = new PublishOperation[100];
        var allocated = new List<long>();
        await ConnectAsync();
        for (var round = 0; round < 20; round++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < operations.Length; i++)
                operations[i] = _links.TrySend(in request)!;
            allocated.Add(GC.GetAllocatedBytesForCurrentThread() - before);
            foreach (var operation in operations)
                await operation.ReplyAsync();
        }

        // The first rounds make what the others use again.
        Assert.Contains(0, allocated);
    }

    private async Task ConnectAsync(double commandTimeout = 20, int maxPendingBytes = 32 * 1024 * 1024)
    {
        _links = new PublishLinks(
            ConfigurationOptions.Parse("unused,connectTimeout=1000"),
            new PublishLimits(
                TimeSpan.FromSeconds(commandTimeout), TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(3), TimeSpan.FromMilliseconds(200), maxPendingBytes),
            new PublishEncoder(new ChannelKeys("pg"), new RedisClock(TimeProvider.System)),
            () => Interlocked.Increment(ref _relocations),
            TimeProvider.System,
            NullLogger.Instance);
        _links.Apply(Topology.Single(_redis.EndPoint));
        await Patience.UntilAsync(() => _links.IsWhole);
    }

    private async Task<PublishReply> SendAsync(string channel, PublishOptions options) => await _links.TrySend(RequestOf(channel, options))!.ReplyAsync();

    private static PublishRequest RequestOf(string channel, PublishOptions options) => new(channel, new Publication("1"u8.ToArray()), options);
}
