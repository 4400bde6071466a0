using PushGateway.IntegrationTests.Infrastructure;

namespace PushGateway.IntegrationTests.Protocol;

/// <summary>What subscribers get, exactly as it is on the wire.</summary>
public sealed class PublicationTests(SharedNode shared) : IClassFixture<SharedNode>
{
    private GatewayNode Node => shared.Node;

    [Fact]
    public async Task A_client_publishes_where_it_may_and_the_others_see_who()
    {
        await using var reader = await RawClient.ConnectAsync(Node, null, "chat:lobby");
        await using var writer = await RawClient.ConnectAsync(Node, "42", "chat:lobby");
        await using var nobody = await RawClient.ConnectAsync(Node);
        await writer.SendAsync("""{"id":5,"publish":{"channel":"chat:lobby","data":{"text":"hello"}}}""");
        var push = Push("chat:lobby", """{"text":"hello"}""", "42", writer.Id);
        Assert.Equal(push, await reader.ReadAsync());
        string[] own = [await writer.ReadAsync(), await writer.ReadAsync()];
        Assert.Equal([push, """{"id":5,"publish":{}}"""], own.Order(StringComparer.Ordinal).Reverse());

        await nobody.ExchangeAsync("""{"id":5,"publish":{"channel":"chat:lobby","data":1}}""", """{"id":5,"publish":{}}""");
        Assert.Equal(Push("chat:lobby", "1", "", nobody.Id), await reader.ReadAsync());
    }

    [Theory]
    [InlineData("news:a", "103 permission denied")]
    [InlineData("plain", "103 permission denied")]
    [InlineData("nowhere:a", "102 unknown channel")]
    public async Task A_client_does_not_publish_where_it_may_not(string channel, string error)
    {
        await using var client = await RawClient.ConnectAsync(Node, "42");
        await client.ExchangeAsync(
            $$$"""{"id":5,"publish":{"channel":"{{{channel}}}","data":1}}""",
            $$$"""{"id":5,"error":{"code":{{{error[..3]}}},"message":"{{{error[4..]}}}"}}""");
    }

    [Theory]
    [InlineData("null")]
    [InlineData("true")]
    [InlineData("-0.0e+10")]
    [InlineData("123456789012345678901234567890.000")]
    [InlineData("\"\"")]
    [InlineData("[ ]")]
    [InlineData("""{"a" : 1,   "a":2, "":[{}]}""")]
    [InlineData(""" "line\nfeed and \u000a and \r\n" """)]
    [InlineData("""{"html":"<script>&'\/é😀\u00e9\ud83d\ude00"}""")]
    [InlineData("\"\u2028\u2029\u0085\u007f\"")]
    public async Task Data_arrives_as_it_was_sent(string data)
    {
        await using var reader = await RawClient.ConnectAsync(Node, null, "chat:data");
        await using var writer = await RawClient.ConnectAsync(Node);
        await Node.PostAsync("chat:data", data);
        Assert.Equal($$$$"""{"push":{"channel":"chat:data","pub":{"data":{{{{data.Trim()}}}}}}}""", await reader.ReadAsync());
        await writer.SendAsync($$$"""{"id":5,"publish":{"channel":"chat:data","data":{{{data}}}}}""");
        Assert.Equal(Push("chat:data", data.Trim(), "", writer.Id), await reader.ReadAsync());
    }

    [Fact]
    public async Task Line_breaks_between_tokens_do_not_reach_the_wire()
    {
        await using var client = await RawClient.ConnectAsync(Node, null, "news:lines");
        await Node.PostAsync("news:lines", "{\r\n  \"a\" :\n\t[1,\r2\n]\n\n}");
        Assert.Equal("{\"push\":{\"channel\":\"news:lines\",\"pub\":{\"data\":{  \"a\" :\t[1,2]}}}}", await client.Socket.ReadMessageAsync());
    }

    [Fact]
    public async Task A_carriage_return_in_a_clients_data_does_not_reach_the_wire()
    {
        await using var client = await RawClient.ConnectAsync(Node, null, "chat:returns");
        await client.SendAsync("{\"id\":5,\"publish\":{\"channel\":\"chat:returns\",\"data\":[1,\r2]}}\r\n");
        string[] both = [await client.ReadAsync(), await client.ReadAsync()];
        Assert.Contains(both, text => text.Contains("\"data\":[1,2]", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Tags_come_along()
    {
        await using var client = await RawClient.ConnectAsync(Node, null, "news:tags");
        await Node.PostBodyAsync("""{"channel":"news:tags","data":1,"tags":{"kind":"a\nb","lang":"de"}}""");
        Assert.Equal("""{"push":{"channel":"news:tags","pub":{"data":1,"tags":{"kind":"a\nb","lang":"de"}}}}""", await client.Socket.ReadMessageAsync());
    }

    [Fact]
    public async Task After_unsubscribe_nothing_of_the_channel_comes()
    {
        await using var client = await RawClient.ConnectAsync(Node, null, "news:left", "news:kept");
        await Node.PostAsync("news:left", "1");
        Assert.Equal("""{"push":{"channel":"news:left","pub":{"data":1}}}""", await client.ReadAsync());
        await client.ExchangeAsync("""{"id":5,"unsubscribe":{"channel":"news:left"}}""", """{"id":5,"unsubscribe":{}}""");
        await Node.PostAsync("news:left", "2");
        await Node.PostAsync("news:kept", "3");
        Assert.Equal("""{"push":{"channel":"news:kept","pub":{"data":3}}}""", await client.ReadAsync());
        await client.SubscribeAsync("news:left");
        await Node.PostAsync("news:left", "4");
        Assert.Equal("""{"push":{"channel":"news:left","pub":{"data":4}}}""", await client.ReadAsync());
    }

    [Fact]
    public async Task Nothing_comes_before_the_reply_to_subscribe_while_others_publish()
    {
        var stop = new TaskCompletionSource();
        await using var writer = await RawClient.ConnectAsync(Node);
        var writing = Task.Run(
            async () =>
            {
                while (!stop.Task.IsCompleted)
                    await writer.ExchangeAsync("""{"id":5,"publish":{"channel":"chat:busy","data":0}}""", """{"id":5,"publish":{}}""");
            },
            TestContext.Current.CancellationToken);
        await using var client = await RawClient.ConnectAsync(Node);
        for (uint id = 100; id < 300; id += 2)
        {
            await client.SendAsync($$$"""{"id":{{{id}}},"subscribe":{"channel":"chat:busy"}}""");
            Assert.Equal($$$"""{"id":{{{id}}},"subscribe":{}}""", await client.ReadAsync());
            await client.SendAsync($$$"""{"id":{{{id + 1}}},"unsubscribe":{"channel":"chat:busy"}}""");
            string next;
            while ((next = await client.ReadAsync()) != $$$"""{"id":{{{id + 1}}},"unsubscribe":{}}""")
                Assert.StartsWith("""{"push":{"channel":"chat:busy",""", next, StringComparison.Ordinal);
        }

        stop.SetResult();
        await writing;
    }

    [Fact]
    public async Task Everyone_gets_everything_in_order()
    {
        const int notifications = 500;
        var clients = new List<RawClient>();
        for (var i = 0; i < 20; i++)
            clients.Add(await RawClient.ConnectAsync(Node, null, "news:order"));
        for (var i = 0; i < notifications; i++)
            await Node.PostAsync("news:order", $"{i}");
        foreach (var client in clients)
        {
            for (var i = 0; i < notifications; i++)
                Assert.Equal($$$$"""{"push":{"channel":"news:order","pub":{"data":{{{{i}}}}}}}""", await client.ReadAsync());
            await client.DisposeAsync();
        }
    }

    private static string Push(string channel, string data, string user, string client) =>
        $$$$$"""{"push":{"channel":"{{{{{channel}}}}}","pub":{"data":{{{{{data}}}}},"info":{"user":"{{{{{user}}}}}","client":"{{{{{client}}}}}"}}}}""";
}
