using System.Text;
using PushGateway.Channels;
using PushGateway.Protocol;
using PushGateway.Protocol.Json;

namespace PushGateway.Tests.Protocol.Json;

public class JsonCommandReaderTests
{
    [Fact]
    public void Reads_connect()
    {
        Assert.Equal(new Command(1, new ConnectRequest()), ReadOne("""{"id":1,"connect":{}}"""));
        var connect = Assert.IsType<ConnectRequest>(
            ReadOne("""{"id":7,"connect":{"token":"secret","data":{"a":[1]},"subs":{"x":{"recover":true,"epoch":"e","offset":3},"#1":{}},"name":"js","version":"1","headers":{"h":"v"}}}""").Request);
        Assert.Equal("secret", connect.Token);
        Assert.Equal(
            [new("x", new SubscribeRequest("x") { Recover = true, Since = new StreamPosition(3, "e") }), new("#1", new SubscribeRequest("#1"))],
            connect.Subscriptions!);
        Assert.Equal(("js", "1", """{"a":[1]}""", "v"), (connect.Name, connect.Version, Encoding.UTF8.GetString(connect.Data.Span), connect.Headers!["H"]));
    }

    [Fact]
    public void What_a_client_says_of_itself_outlives_its_message()
    {
        var message = """{"id":1,"connect":{"data":"first"}}"""u8.ToArray();
        ReadOnlyMemory<byte> rest = message;
        Assert.True(JsonProtocol.Instance.TryRead(ref rest, out var command));
        message.AsSpan().Fill((byte)'x');
        Assert.Equal("\"first\"", Encoding.UTF8.GetString(Assert.IsType<ConnectRequest>(command.Request).Data.Span));
    }

    [Theory]
    [InlineData("""{"id":1,"connect":{"headers":null}}""", true)]
    [InlineData("""{"id":1,"connect":{"headers":{"a":null}}}""", true)]
    [InlineData("""{"id":1,"connect":{"headers":{"a":1}}}""", false)]
    [InlineData("""{"id":1,"connect":{"headers":["a"]}}""", false)]
    [InlineData("""{"id":1,"connect":{"name":1}}""", false)]
    public void Headers_and_names_are_texts(string command, bool good)
    {
        ReadOnlyMemory<byte> message = Encoding.UTF8.GetBytes(command);
        Assert.Equal(good, JsonProtocol.Instance.TryRead(ref message, out _));
    }

    [Theory]
    [InlineData(ConnectRequest.MaxHeaders, true)]
    [InlineData(ConnectRequest.MaxHeaders + 1, false)]
    public void A_client_has_only_so_many_headers(int count, bool good)
    {
        var headers = string.Join(',', Enumerable.Range(0, count).Select(i => $"\"h{i}\":\"\""));
        ReadOnlyMemory<byte> message = Encoding.UTF8.GetBytes("""{"id":1,"connect":{"headers":{""" + headers + "}}}");
        Assert.Equal(good, JsonProtocol.Instance.TryRead(ref message, out _));
    }

    [Fact]
    public void Reads_subscribe()
    {
        Assert.Equal(new Command(2, new SubscribeRequest("news")), ReadOne("""{"id":2,"subscribe":{"channel":"news"}}"""));
        Assert.Equal(
            new Command(2, new SubscribeRequest("news") { Token = "t", Recover = true, Since = new StreamPosition(ulong.MaxValue, "e"), IsPositioned = true, Delta = "fossil", Flags = 3, HasTagsFilter = true }),
            ReadOne("""{"subscribe":{"tf":{"op":"eq"},"flag":3,"recover":true,"token":"t","epoch":"e","offset":18446744073709551615,"delta":"fossil","positioned":true,"channel":"news"},"id":2}"""));
        Assert.Equal(new Command(2, new SubscribeRequest("news")), ReadOne("""{"id":2,"subscribe":{"channel":"news","token":null,"recover":false,"flag":0,"tf":null}}"""));
        Assert.Equal(new Command(2, new SubscribeRequest(Channel: null)), ReadOne("""{"id":2,"subscribe":{}}"""));
        Assert.Equal("[1]", Encoding.UTF8.GetString(Assert.IsType<SubscribeRequest>(ReadOne("""{"id":2,"subscribe":{"channel":"news","data":[1]}}""").Request).Data.Span));
    }

    [Fact]
    public void Reads_history()
    {
        Assert.Equal(new Command(5, new HistoryRequest("x")), ReadOne("""{"id":5,"history":{"channel":"x"}}"""));
        Assert.Equal(
            new Command(5, new HistoryRequest("x", 10, (3, "e"), Reverse: true)),
            ReadOne("""{"id":5,"history":{"channel":"x","limit":10,"since":{"offset":3,"epoch":"e","more":[1]},"reverse":true,"other":{}}}"""));
        Assert.Equal(new Command(5, new HistoryRequest("x", -1, (3, null))), ReadOne("""{"id":5,"history":{"channel":"x","limit":-1,"since":{"offset":3}}}"""));
        Assert.Equal(new Command(5, new HistoryRequest("x")), ReadOne("""{"id":5,"history":{"channel":"x","since":null}}"""));
    }

    [Fact]
    public void Reads_presence_and_its_statistics()
    {
        Assert.Equal(new Command(3, new PresenceRequest("news")), ReadOne("""{"id":3,"presence":{"channel":"news"}}"""));
        Assert.Equal(new Command(3, new PresenceStatsRequest("news")), ReadOne("""{"presence_stats":{"channel":"news"},"id":3}"""));
        Assert.True(Assert.IsType<SubscribeRequest>(ReadOne("""{"id":3,"subscribe":{"channel":"news","join_leave":true}}""").Request).WantsJoinLeave);
    }

    [Fact]
    public void Reads_unsubscribe() =>
        Assert.Equal(new Command(3, new UnsubscribeRequest("news")), ReadOne("""{"id":3,"unsubscribe":{"channel":"news"}}"""));

    [Theory]
    [InlineData("""{"a" : [1, 2.50, 1E400],"b":"\u0041\/"}""")]
    [InlineData("null")]
    [InlineData("true")]
    [InlineData("-0.0")]
    [InlineData("\"\"")]
    [InlineData("\"čaj 😀 \\\\ \\\" \\ud83d\\ude00\"")]
    [InlineData("{}")]
    [InlineData("[ ]")]
    [InlineData("{\"a\":1,\t\"a\":2}")]
    public void Reads_publish_and_keeps_its_data_byte_for_byte(string data)
    {
        foreach (var text in new[] { $$$"""{"id":4,"publish":{"channel":"c","data":{{{data}}}}}""", $$$"""{"publish" : { "data" : {{{data}}} , "channel":"c"} , "id":4}""" })
        {
            var command = ReadOne(text);
            var publish = Assert.IsType<PublishRequest>(command.Request);
            Assert.Equal("c", publish.Channel);
            Assert.Equal(data, Encoding.UTF8.GetString(publish.Data.Span));
            Assert.Equal(4u, command.Id);
        }
    }

    [Fact]
    public void Publish_without_data_has_none() => Assert.True(Assert.IsType<PublishRequest>(ReadOne("""{"id":4,"publish":{"channel":"c"}}""").Request).Data.IsEmpty);

    [Theory]
    [InlineData("rpc")]
    public void Knows_the_commands_that_are_not_served(string name) =>
        Assert.Equal(new Command(5, new UnavailableRequest()), ReadOne($$$"""{"id":5,"{{{name}}}":{"channel":"x","data":[[]]}}"""));

    [Fact]
    public void Reads_the_tokens_that_continue_others()
    {
        Assert.Equal(new Command(6, new RefreshRequest("a.b.c")), ReadOne("""{"id":6,"refresh":{"token":"a.b.c","x":[1]}}"""));
        Assert.Equal(new Command(6, new RefreshRequest(null)), ReadOne("""{"id":6,"refresh":{}}"""));
        Assert.Equal(new Command(7, new SubscriptionRefreshRequest("$x", "a.b.c")), ReadOne("""{"id":7,"sub_refresh":{"token":"a.b.c","channel":"$x"}}"""));
        Assert.Equal(new Command(7, new SubscriptionRefreshRequest(null, null)), ReadOne("""{"id":7,"sub_refresh":{"token":null}}"""));
    }

    [Fact]
    public void Reads_ping_and_send()
    {
        Assert.Equal(new Command(6, new PingRequest()), ReadOne("""{"id":6,"ping":{}}"""));
        Assert.Equal(new Command(0, new SendRequest()), ReadOne("""{"send":{"data":{"x":1}}}"""));
    }

    [Theory]
    [InlineData("{}")]
    [InlineData(" { } ")]
    [InlineData("{}\r")]
    [InlineData("""{"id":0}""")]
    [InlineData("""{"later":{"id":9,"connect":{}}}""")]
    public void An_object_without_a_request_is_a_pong(string text) => Assert.Equal(default, ReadOne(text));

    [Fact]
    public void Names_may_be_escaped() => Assert.Equal(
        new Command(1, new SubscribeRequest("news")), ReadOne("""{"\u0069d":1,"\u0073ubscribe":{"\u0063hannel":"ne\u0077s"}}"""));

    [Fact]
    public void Unknown_fields_are_ignored_wherever_they_are() => Assert.Equal(
        new Command(1, new SubscribeRequest("news")),
        ReadOne("""{"x":null,"id":1,"Id":2,"ID":[],"subscribe":{"y":{"channel":"other"},"channel":"news","Channel":3},"z":[{"publish":{}}]}"""));

    [Theory]
    [InlineData("""{"id":1,"ping":{}}""", 1)]
    [InlineData("{\"id\":1,\"ping\":{}}\n", 1)]
    [InlineData("{\"id\":1,\"ping\":{}}\n{\"id\":2,\"ping\":{}}", 2)]
    [InlineData("{\"id\":1,\"ping\":{}}\r\n{\"id\":2,\"ping\":{}}\r\n{}\n", 3)]
    public void Reads_commands_joined_by_line_feeds_and_tolerates_one_at_the_end(string text, int count) => Assert.Equal(count, ReadAll(text)?.Count);

    [Theory]
    [InlineData("")]
    [InlineData("\n")]
    [InlineData("{}\n\n")]
    [InlineData("{}\n\n{}")]
    [InlineData("\n{}")]
    [InlineData("{}\n ")]
    public void An_empty_line_is_malformed(string text) => Assert.Null(ReadAll(text));

    [Theory]
    [InlineData("""{"id":1,"connect":{},"subscribe":{"channel":"x"}}""")]
    [InlineData("""{"id":1,"ping":{},"ping":{}}""")]
    [InlineData("""{"id":1,"rpc":{},"send":{}}""")]
    [InlineData("""{"connect":{},"id":1,"connect":{}}""")]
    public void Two_requests_in_one_command_are_malformed(string text) => Assert.Null(ReadAll(text));

    [Theory]
    [InlineData("x")]
    [InlineData("null")]
    [InlineData("1")]
    [InlineData("\"id\"")]
    [InlineData("[]")]
    [InlineData("[{}]")]
    [InlineData("{}{}")]
    [InlineData("{},")]
    [InlineData("{} 1")]
    [InlineData("{")]
    [InlineData("}")]
    [InlineData("{\"id\"}")]
    [InlineData("{\"id\":}")]
    [InlineData("{\"id\":1,}")]
    [InlineData("{id:1}")]
    [InlineData("{'id':1}")]
    [InlineData("{/**/}")]
    [InlineData("{}//")]
    [InlineData("\ufeff{}")]
    [InlineData("{\"id\":1,\"connect\":{}")]
    [InlineData("{\"id\":1,\"connect\":{\"token\":")]
    [InlineData("{\"id\":1,\"publish\":{\"data\":")]
    [InlineData("{\"id\":1,\"publish\":{\"data\":[}")]
    [InlineData("{\"id\":1,\"publish\":{\"data\":01}}")]
    [InlineData("{\"id\":1,\"publish\":{\"data\":\"\t\"}}")]
    public void Broken_JSON_is_malformed(string text) => Assert.Null(ReadAll(text));

    [Theory]
    [InlineData("""{"id":"1"}""")]
    [InlineData("""{"id":null}""")]
    [InlineData("""{"id":{}}""")]
    [InlineData("""{"id":-1}""")]
    [InlineData("""{"id":1.5}""")]
    [InlineData("""{"id":4294967296}""")]
    [InlineData("""{"id":1e400}""")]
    [InlineData("""{"id":1,"connect":null}""")]
    [InlineData("""{"id":1,"connect":[]}""")]
    [InlineData("""{"id":1,"connect":"x"}""")]
    [InlineData("""{"id":1,"connect":{"token":1}}""")]
    [InlineData("""{"id":1,"connect":{"token":{}}}""")]
    [InlineData("""{"id":1,"subscribe":1}""")]
    [InlineData("""{"id":1,"subscribe":{"channel":1}}""")]
    [InlineData("""{"id":1,"subscribe":{"channel":["news"]}}""")]
    [InlineData("""{"id":1,"subscribe":{"channel":"x","token":true}}""")]
    [InlineData("""{"id":1,"subscribe":{"channel":"x","recover":1}}""")]
    [InlineData("""{"id":1,"subscribe":{"channel":"x","recover":"true"}}""")]
    [InlineData("""{"id":1,"subscribe":{"channel":"x","flag":"2"}}""")]
    [InlineData("""{"id":1,"subscribe":{"channel":"x","flag":2.5}}""")]
    [InlineData("""{"id":1,"subscribe":{"channel":"x","flag":2147483648}}""")]
    [InlineData("""{"id":1,"subscribe":{"channel":"x","offset":-1}}""")]
    [InlineData("""{"id":1,"subscribe":{"channel":"x","offset":1.5}}""")]
    [InlineData("""{"id":1,"subscribe":{"channel":"x","offset":18446744073709551616}}""")]
    [InlineData("""{"id":1,"subscribe":{"channel":"x","offset":"1"}}""")]
    [InlineData("""{"id":1,"subscribe":{"channel":"x","epoch":1}}""")]
    [InlineData("""{"id":1,"subscribe":{"channel":"x","positioned":1}}""")]
    [InlineData("""{"id":1,"connect":{"subs":[]}}""")]
    [InlineData("""{"id":1,"connect":{"subs":{"x":1}}}""")]
    [InlineData("""{"id":1,"history":[]}""")]
    [InlineData("""{"id":1,"history":{"channel":"x","limit":"1"}}""")]
    [InlineData("""{"id":1,"history":{"channel":"x","limit":2147483648}}""")]
    [InlineData("""{"id":1,"history":{"channel":"x","since":7}}""")]
    [InlineData("""{"id":1,"history":{"channel":"x","since":{"offset":-1}}}""")]
    [InlineData("""{"id":1,"history":{"channel":"x","since":{"epoch":7}}}""")]
    [InlineData("""{"id":1,"history":{"channel":"x","reverse":"no"}}""")]
    [InlineData("""{"id":1,"unsubscribe":[]}""")]
    [InlineData("""{"id":1,"publish":"x"}""")]
    [InlineData("""{"id":1,"publish":{"channel":false,"data":1}}""")]
    public void A_value_of_the_wrong_type_or_range_is_malformed(string text) => Assert.Null(ReadAll(text));

    [Fact]
    public void The_largest_id_is_read() => Assert.Equal(uint.MaxValue, ReadOne("""{"id":4294967295,"ping":{}}""").Id);

    [Theory]
    [InlineData("""{"id":1,"subscribe":{"channel":"\ud800"}}""")]
    [InlineData("""{"id":1,"subscribe":{"channel":"\udc00\ud800"}}""")]
    [InlineData("""{"id":1,"subscribe":{"channel":"x\ud800y"}}""")]
    [InlineData("""{"id":1,"connect":{"token":"\udfff"}}""")]
    public void Half_of_a_surrogate_pair_in_a_name_is_malformed(string text) => Assert.Null(ReadAll(text));

    [Fact]
    public void Half_of_a_surrogate_pair_in_the_name_of_a_field_does_no_harm()
    {
        foreach (var text in new[] { """{"\ud800":1}""", """{"id":1,"subscribe":{"\udc00":1,"channel":"x"}}""", """{"id":1,"i\ud800":1}""" })
            _ = ReadAll(text);
    }

    [Fact]
    public void Bytes_that_are_no_UTF8_do_no_harm()
    {
        byte[] text = [.. "{\"id\":1,\"subscribe\":{\"channel\":\""u8, 0xC3, 0x28, 0xFF, .. "\"}}"u8];
        Assert.False(TryReadAll(text, out _));
        byte[] field = [.. "{\""u8, 0xFF, 0xC3, .. "\":1}"u8];
        _ = TryReadAll(field, out _);
    }

    [Theory]
    [InlineData(60, true)]
    [InlineData(64, true)]
    [InlineData(65, false)]
    [InlineData(30_000, false)]
    public void Nesting_is_bounded(int depth, bool read)
    {
        var text = $$$"""{"id":1,"publish":{"channel":"x","data":{{{new string('[', depth)}}}{{{new string(']', depth)}}}}}""";
        Assert.Equal(read, ReadAll(text) is not null);
    }

    private static Command ReadOne(string text) => Assert.Single(ReadAll(text) ?? throw new InvalidOperationException($"Malformed: {text}"));

    private static List<Command>? ReadAll(string text) => TryReadAll(Encoding.UTF8.GetBytes(text), out var commands) ? commands : null;

    private static bool TryReadAll(byte[] text, out List<Command> commands)
    {
        ReadOnlyMemory<byte> message = text;
        commands = [];
        do
        {
            if (!JsonProtocol.Instance.TryRead(ref message, out var command))
                return false;

            commands.Add(command);
        }
        while (!message.IsEmpty);

        return true;
    }
}
