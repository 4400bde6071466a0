using System.Text.Json;
using PushGateway.IntegrationTests.Infrastructure;

namespace PushGateway.IntegrationTests.Protocol;

/// <summary>What clients that come back are promised, on the wire and whatever the broker.</summary>
public abstract class RecoveryContract : IAsyncDisposable
{
    // Frames of many clients in one process: what is missing shows as a hole, not as a delay.
    private static readonly TimeSpan GiveUp = TimeSpan.FromSeconds(60);

    private readonly string _channel = $"kept:{Guid.NewGuid():N}";

    protected RecoveryContract(params (string Key, string Value)[] settings) => Node = GatewayNode.Start(
    [
        ("PushGateway:Namespaces:kept:HistorySize", "1000"),
        ("PushGateway:Namespaces:few:HistorySize", "3"),
        ("PushGateway:Namespaces:price:RecoveryMode", "Cache"),
        ("PushGateway:Namespaces:price:HistorySize", "1"),
        ("PushGateway:Namespaces:state:Delta", "true"),
        ("PushGateway:Namespaces:state:HistorySize", "10"),
        .. settings,
    ]);

    protected GatewayNode Node { get; }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Whoever_comes_back_gets_what_it_missed_from_wherever_it_left()
    {
        await PublishAsync(_channel, 5);
        await using var client = await RawClient.ConnectAsync(Node);
        var first = await SubscribeAsync(client, _channel);
        Assert.True(first.GetProperty("recoverable").GetBoolean());
        Assert.True(first.GetProperty("positioned").GetBoolean());
        Assert.Equal(5, first.GetProperty("offset").GetInt32());
        var epoch = first.GetProperty("epoch").GetString();

        for (var offset = 0; offset <= 5; offset++)
        {
            await using var returning = await RawClient.ConnectAsync(Node);
            var result = await SubscribeAsync(returning, _channel, offset, epoch);
            Assert.True(result.GetProperty("recovered").GetBoolean());
            Assert.Equal(offset, result.TryGetProperty("offset", out var asked) ? asked.GetInt32() : 0);
            Assert.Equal(Enumerable.Range(offset + 1, 5 - offset), Offsets(result));
        }
    }

    [Theory]
    [InlineData("another", 1)] // A life that there never was.
    [InlineData(null, 6)] // The future.
    [InlineData(null, ulong.MaxValue)]
    public async Task What_cannot_be_recovered_is_not_said_to_be(string? epoch, ulong offset)
    {
        await PublishAsync(_channel, 5);
        await using var client = await RawClient.ConnectAsync(Node);
        var current = (await SubscribeAsync(client, _channel)).GetProperty("epoch").GetString();
        foreach (var flag in new[] { 0, 2 })
        {
            await using var returning = await RawClient.ConnectAsync(Node);
            await returning.SendAsync($$$"""{"id":7,"subscribe":{"channel":"{{{_channel}}}","recover":true,"epoch":"{{{epoch ?? current}}}","offset":{{{offset}}},"flag":{{{flag}}}}}""");
            Assert.Equal(
                flag == 2
                    ? """{"id":7,"error":{"code":112,"message":"unrecoverable position"}}"""
                    : $$$"""{"id":7,"subscribe":{"recoverable":true,"epoch":"{{{current}}}","offset":5,"positioned":true,"was_recovering":true}}""",
                await returning.ReadAsync());
        }
    }

    [Fact]
    public async Task What_has_been_dropped_from_the_history_is_missed_for_good()
    {
        var channel = _channel.Replace("kept", "few", StringComparison.Ordinal);
        await PublishAsync(channel, 5);
        await using var client = await RawClient.ConnectAsync(Node);
        var epoch = (await SubscribeAsync(client, channel)).GetProperty("epoch").GetString();
        await using var inTime = await RawClient.ConnectAsync(Node);
        Assert.Equal<int[]>([3, 4, 5], Offsets(await SubscribeAsync(inTime, channel, 2, epoch)));
        await using var tooLate = await RawClient.ConnectAsync(Node);
        Assert.False((await SubscribeAsync(tooLate, channel, 1, epoch)).TryGetProperty("recovered", out _));
    }

    [Fact]
    public async Task A_user_finds_what_came_to_the_own_channel_meanwhile()
    {
        await using var client = await RawClient.OpenAsync(Node, "42");
        var epoch = (await client.ConnectAsync()).GetProperty("connect").GetProperty("subs").GetProperty("#42").GetProperty("epoch").GetString();
        await client.DisposeAsync();
        await Node.PostBodyAsync("""{"user":"42","data":"while you were away"}""");

        await using var back = await RawClient.OpenAsync(Node, "42");
        await back.SendAsync("""{"id":1,"connect":{"subs":{"kept:not-mine":{"recover":true},"#42":{"recover":true,"offset":0,"epoch":""" + $"\"{epoch}\"}}}}}}}}");
        var subscriptions = JsonElement.Parse(await back.ReadAsync()).GetProperty("connect").GetProperty("subs");
        var own = Assert.Single(subscriptions.EnumerateObject()).Value;
        Assert.True(own.GetProperty("recovered").GetBoolean());
        Assert.Equal("while you were away", Assert.Single(own.GetProperty("publications").EnumerateArray()).GetProperty("data").GetString());
    }

    [Fact]
    public async Task A_state_is_there_at_once_and_only_the_newest()
    {
        var channel = _channel.Replace("kept", "price", StringComparison.Ordinal);
        await using var early = await RawClient.ConnectAsync(Node);
        Assert.False((await SubscribeAsync(early, channel)).TryGetProperty("publications", out _));
        await PublishAsync(channel, 3);

        await using var client = await RawClient.ConnectAsync(Node);
        var first = await SubscribeAsync(client, channel);
        Assert.Equal([3], Offsets(first));
        Assert.False(first.TryGetProperty("recovered", out _));
        var epoch = first.GetProperty("epoch").GetString();
        await using var behind = await RawClient.ConnectAsync(Node);
        var result = await SubscribeAsync(behind, channel, 1, epoch);
        Assert.True(result.GetProperty("recovered").GetBoolean());
        Assert.Equal([3], Offsets(result));
        await using var current = await RawClient.ConnectAsync(Node);
        result = await SubscribeAsync(current, channel, 3, epoch);
        Assert.True(result.GetProperty("recovered").GetBoolean());
        Assert.False(result.TryGetProperty("publications", out _));
    }

    [Fact]
    public async Task A_history_can_be_read_by_those_who_are_in_the_channel()
    {
        await PublishAsync(_channel, 5);
        await using var client = await RawClient.ConnectAsync(Node);
        await client.ExchangeAsync(History(""), """{"id":9,"error":{"code":103,"message":"permission denied"}}""");
        var epoch = (await SubscribeAsync(client, _channel)).GetProperty("epoch").GetString();

        Assert.Equal("", await ReadAsync(""));
        Assert.Equal("1 2 3 4 5", await ReadAsync(""","limit":-1"""));
        Assert.Equal("1 2", await ReadAsync(""","limit":2"""));
        Assert.Equal("5 4", await ReadAsync(""","limit":2,"reverse":true"""));
        Assert.Equal("3 4", await ReadAsync($$""","limit":2,"since":{"offset":2,"epoch":"{{epoch}}"}"""));
        Assert.Equal("1", await ReadAsync($$""","limit":9,"reverse":true,"since":{"offset":2,"epoch":"{{epoch}}"}"""));
        foreach (var bad in new[] { ""","limit":301""", ""","limit":-2""", ""","limit":1,"since":{"offset":1}""", ""","limit":1,"since":{"offset":1,"epoch":""}""" })
            await client.ExchangeAsync(History(bad), """{"id":9,"error":{"code":107,"message":"bad request"}}""");
        foreach (var gone in new[] { """{"offset":1,"epoch":"another"}""", $$"""{"offset":6,"epoch":"{{epoch}}"}""" })
            await client.ExchangeAsync(History(""","limit":1,"since":""" + gone), """{"id":9,"error":{"code":112,"message":"unrecoverable position"}}""");
        await client.ExchangeAsync("""{"id":9,"history":{"channel":"nowhere:x"}}""", """{"id":9,"error":{"code":102,"message":"unknown channel"}}""");
        await client.ExchangeAsync(
            "{\"id\":8,\"subscribe\":{\"channel\":\"news:a\"}}\n{\"id\":9,\"history\":{\"channel\":\"news:a\"}}",
            """{"id":8,"subscribe":{}}""",
            """{"id":9,"error":{"code":108,"message":"not available"}}""");

        string History(string more) => $$$"""{"id":9,"history":{"channel":"{{{_channel}}}"{{{more}}}}}""";

        async Task<string> ReadAsync(string more)
        {
            await client.SendAsync(History(more));
            var history = JsonElement.Parse(await client.ReadAsync()).GetProperty("history");
            Assert.Equal((5, epoch), (history.GetProperty("offset").GetInt32(), history.GetProperty("epoch").GetString()));
            Assert.All(history.GetProperty("publications").EnumerateArray(), publication => Assert.True(publication.GetProperty("time").GetInt64() > 1_600_000_000_000));
            return string.Join(' ', Offsets(history));
        }
    }

    [Fact]
    public async Task Between_what_is_recovered_and_what_comes_live_nothing_is_lost_and_nothing_doubled_whenever_a_client_comes_and_goes()
    {
        const int publications = 1500;
        const int clients = 12;
        using var giveUp = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        giveUp.CancelAfter(GiveUp);
        var epoch = await EpochAsync();
        var readers = Enumerable.Range(0, clients).Select(seed => ReadToAsync(publications, epoch, new Random(seed), giveUp.Token)).ToArray();
        for (var next = 1; next <= publications;)
        {
            // Bursts and pauses, so that some come while a client joins, some while it is away, and some while nothing happens.
            var burst = Math.Min(1 + (next % 7 * 5), publications - next + 1);
            await PublishAsync(_channel, burst);
            next += burst;
            if (next % 3 == 0)
                await Task.Delay(next % 11, Cancellation);
        }

        var returns = await Task.WhenAll(readers);
        Assert.All(returns, count => Assert.True(count > 5, $"A client came back {count} times, which shows little."));
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Node.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>Comes and goes until it has seen all, and checks that each is the next. Returns how often it came.</summary>
    private async Task<int> ReadToAsync(int last, string epoch, Random random, CancellationToken cancellationToken)
    {
        var seen = 0;
        var visits = 0;
        for (; seen < last; visits++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            await using var client = await RawClient.ConnectAsync(Node);
            var result = await SubscribeAsync(client, _channel, seen, epoch);
            Assert.True(result.TryGetProperty("recovered", out _), $"Not recovered from {seen}: {result}");
            foreach (var offset in Offsets(result))
                Assert.Equal(++seen, offset);
            for (var stay = random.Next(60); stay > 0 && seen < last; stay--)
            {
                var pub = JsonElement.Parse(await client.ReadAsync()).GetProperty("push").GetProperty("pub");
                Assert.Equal(++seen, pub.GetProperty("offset").GetInt32());
            }

            await Task.Delay(random.Next(3), cancellationToken);
        }

        return visits;
    }

    private async Task<string> EpochAsync()
    {
        await using var client = await RawClient.ConnectAsync(Node);
        return (await SubscribeAsync(client, _channel)).GetProperty("epoch").GetString()!;
    }

    private async Task PublishAsync(string channel, int count)
    {
        for (; count > 0; count--)
            await Node.PostBodyAsync($$"""{"channel":"{{channel}}","data":1}""");
    }

    private static async Task<JsonElement> SubscribeAsync(RawClient client, string channel, int? offset = null, string? epoch = null)
    {
        var recover = offset is null ? "" : $$""","recover":true,"epoch":"{{epoch}}","offset":{{offset}}""";
        await client.SendAsync($$$"""{"id":5,"subscribe":{"channel":"{{{channel}}}"{{{recover}}}}}""");
        return JsonElement.Parse(await client.ReadAsync()).GetProperty("subscribe");
    }

    private static int[] Offsets(JsonElement result) => result.TryGetProperty("publications", out var publications)
        ? [.. publications.EnumerateArray().Select(publication => publication.GetProperty("offset").GetInt32())]
        : [];
}
