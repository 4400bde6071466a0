using System.Buffers;
using System.Text;
using PushGateway.Channels;
using PushGateway.Protocol;
using PushGateway.Protocol.Json;

namespace PushGateway.Tests.Protocol.Json;

public class JsonProtocolTests
{
    private static readonly SubscribeResult Positioned = new() { IsRecoverable = true, IsPositioned = true, Position = new StreamPosition(7, "e") };

    [Fact]
    public void Connect_says_who_serves_whom_and_how_often_it_pings() => AssertWritten(
        """{"id":1,"connect":{"client":"c","version":"PushGateway 1","ping":25,"pong":true,"node":"n"}}""",
        new Reply(1, new ConnectResult("c", "PushGateway 1", 25, "n", [])));

    [Fact]
    public void Connect_names_the_channels_the_server_subscribed_the_client_to() => AssertWritten(
        """{"id":1,"connect":{"client":"c","version":"v","subs":{"#42":{"recoverable":true,"epoch":"e","offset":7,"positioned":true},"ns:a'b":{}},"ping":1,"pong":true,"node":"n"}}""",
        new Reply(1, new ConnectResult("c", "v", 1, "n", [("#42", Positioned), ("ns:a'b", SubscribeResult.Instance)])));

    [Fact]
    public void Who_comes_back_is_told_whether_that_is_all_it_missed()
    {
        Publication[] missed = [new("1"u8.ToArray(), Offset: 5), new("2"u8.ToArray(), Offset: 6)];
        AssertWritten(
            """{"id":1,"subscribe":{"recoverable":true,"epoch":"e","publications":[{"data":1,"offset":5},{"data":2,"offset":6}],"recovered":true,"offset":4,"positioned":true,"was_recovering":true}}""",
            new Reply(1, Positioned with { Position = new StreamPosition(4, "e"), Publications = missed, IsRecovered = true, WasRecovering = true }));
        AssertWritten(
            """{"id":1,"subscribe":{"recoverable":true,"epoch":"e","positioned":true,"was_recovering":true}}""",
            new Reply(1, Positioned with { Position = new StreamPosition(0, "e"), WasRecovering = true }));
        AssertWritten("""{"id":1,"subscribe":{"was_recovering":true}}""", new Reply(1, new SubscribeResult { WasRecovering = true }));
    }

    [Fact]
    public void A_history_always_says_where_it_stands()
    {
        AssertWritten("""{"id":1,"history":{"publications":[],"epoch":"e","offset":0}}""", new Reply(1, new HistoryResult(new StreamPosition(0, "e"), [])));
        AssertWritten(
            """{"id":1,"history":{"publications":[{"data":1,"offset":9007199254740993,"time":1700000000000}],"epoch":"e","offset":9007199254740993}}""",
            new Reply(1, new HistoryResult(new StreamPosition(9007199254740993, "e"), [new Publication("1"u8.ToArray(), Offset: 9007199254740993) { Time = 1700000000000 }])));
    }

    [Fact]
    public void The_end_of_a_subscription_is_a_push()
    {
        var output = new ArrayBufferWriter<byte>();
        JsonProtocol.Instance.Write("news", UnsubscribeReason.InsufficientState, output);
        Assert.Equal("""{"push":{"channel":"news","unsubscribe":{"code":2500,"reason":"insufficient state"}}}""", Encoding.UTF8.GetString(output.WrittenSpan));
    }

    [Fact]
    public void Who_is_in_a_channel_stands_by_connection()
    {
        AssertWritten("""{"id":1,"presence":{"presence":{}}}""", new Reply(1, new PresenceResult([])));
        AssertWritten(
            """{"id":1,"presence":{"presence":{"c-1":{"user":"42","client":"c-1","conn_info":{"a":1},"chan_info":"x"},"c-2":{"user":"","client":"c-2"}}}}""",
            new Reply(1, new PresenceResult([new ClientInfo("42", "c-1") { ConnectionInfo = """{"a":1}""", ChannelInfo = "\"x\"" }, new ClientInfo("", "c-2")])));
        AssertWritten("""{"id":1,"presence_stats":{"num_clients":0,"num_users":0}}""", new Reply(1, new PresenceStatsResult(default)));
    }

    [Fact]
    public void The_end_of_a_subscription_by_a_back_end_has_the_code_of_the_protocol()
    {
        var output = new ArrayBufferWriter<byte>();
        JsonProtocol.Instance.Write("news", UnsubscribeReason.ByServer, output);
        Assert.Equal("""{"push":{"channel":"news","unsubscribe":{"code":2000,"reason":"server unsubscribe"}}}""", Encoding.UTF8.GetString(output.WrittenSpan));
    }

    [Fact]
    public void A_subscription_by_the_server_is_a_push_without_what_was_missed()
    {
        AssertPushed("""{"push":{"channel":"news","subscribe":{}}}""", SubscribeResult.Instance);
        AssertPushed(
            """{"push":{"channel":"news","subscribe":{"recoverable":true,"epoch":"e","offset":7,"positioned":true}}}""",
            Positioned with { Publications = [new Publication("1"u8.ToArray(), Offset: 8)], IsRecovered = true, WasRecovering = true });

        static void AssertPushed(string expected, SubscribeResult result)
        {
            var output = new ArrayBufferWriter<byte>();
            JsonProtocol.Instance.Write("news", result, output);
            Assert.Equal(expected, Encoding.UTF8.GetString(output.WrittenSpan));
        }
    }

    [Fact]
    public void Results_without_content_are_empty_objects()
    {
        AssertWritten("""{"id":2,"subscribe":{}}""", new Reply(2, SubscribeResult.Instance));
        AssertWritten("""{"id":3,"unsubscribe":{}}""", new Reply(3, UnsubscribeResult.Instance));
        AssertWritten("""{"id":4,"publish":{}}""", new Reply(4, PublishResult.Instance));
        AssertWritten("""{"id":4294967295,"ping":{}}""", new Reply(uint.MaxValue, PingResult.Instance));
    }

    [Fact]
    public void Errors_have_the_codes_and_texts_of_the_protocol()
    {
        AssertWritten("""{"id":5,"error":{"code":100,"message":"internal server error","temporary":true}}""", new Reply(5, ErrorResult.Internal));
        AssertWritten("""{"id":5,"error":{"code":102,"message":"unknown channel"}}""", new Reply(5, ErrorResult.UnknownChannel));
        AssertWritten("""{"id":5,"error":{"code":103,"message":"permission denied"}}""", new Reply(5, ErrorResult.PermissionDenied));
        AssertWritten("""{"id":5,"error":{"code":105,"message":"already subscribed"}}""", new Reply(5, ErrorResult.AlreadySubscribed));
        AssertWritten("""{"id":5,"error":{"code":106,"message":"limit exceeded"}}""", new Reply(5, ErrorResult.LimitExceeded));
        AssertWritten("""{"id":5,"error":{"code":107,"message":"bad request"}}""", new Reply(5, ErrorResult.BadRequest));
        AssertWritten("""{"id":5,"error":{"code":108,"message":"not available"}}""", new Reply(5, ErrorResult.NotAvailable));
        AssertWritten("""{"id":5,"error":{"code":112,"message":"unrecoverable position"}}""", new Reply(5, ErrorResult.UnrecoverablePosition));
    }

    [Fact]
    public void A_publication_has_its_data_as_it_is_and_no_defaults() =>
        AssertWritten("""{"push":{"channel":"news","pub":{"data": {"a" : 1.50, "b":"\u0041<č😀>"} }}}""", "news", new Publication(""" {"a" : 1.50, "b":"\u0041<č😀>"} """u8.ToArray()));

    [Fact]
    public void A_publication_has_publisher_offset_and_tags_where_there_are_any() => AssertWritten(
        """{"push":{"channel":"chat:lobby","pub":{"data":null,"info":{"user":"42","client":"c-1"},"offset":18446744073709551615,"tags":{"kind":"ad","k\"":"č\n"}}}}""",
        "chat:lobby",
        new Publication("null"u8.ToArray(), new Dictionary<string, string> { ["kind"] = "ad", ["k\""] = "č\n" }, new ClientInfo("42", "c-1"), ulong.MaxValue));

    [Fact]
    public void User_and_client_are_always_there_in_the_info_of_a_publisher() =>
        AssertWritten("""{"push":{"channel":"x","pub":{"data":1,"info":{"user":"","client":""}}}}""", "x", new Publication("1"u8.ToArray(), Info: new ClientInfo("", "")));

    [Fact]
    public void Empty_tags_are_left_out() =>
        AssertWritten("""{"push":{"channel":"x","pub":{"data":1}}}""", "x", new Publication("1"u8.ToArray(), new Dictionary<string, string>()));

    [Fact]
    public void Half_of_a_surrogate_pair_in_a_tag_is_replaced_and_does_not_stop_the_delivery() =>
        AssertWritten("""{"push":{"channel":"x","pub":{"data":1,"tags":{"k":"\uFFFD"}}}}""", "x", new Publication("1"u8.ToArray(), new Dictionary<string, string> { ["k"] = "\ud800" }));

    [Fact]
    public void Ping_is_an_empty_object() => Assert.Equal("{}"u8, JsonProtocol.Instance.Ping);

    [Fact]
    public void A_writer_that_was_left_in_the_middle_does_not_spoil_the_next_message()
    {
        Assert.ThrowsAny<ArgumentOutOfRangeException>(() => JsonProtocol.Instance.Write(new Reply(1, new UnknownResult()), new ArrayBufferWriter<byte>()));
        AssertWritten("""{"id":2,"subscribe":{}}""", new Reply(2, SubscribeResult.Instance));
    }

    private static void AssertWritten(string expected, in Reply reply)
    {
        var output = new ArrayBufferWriter<byte>();
        JsonProtocol.Instance.Write(reply, output);
        Assert.Equal(expected, Encoding.UTF8.GetString(output.WrittenSpan));
    }

    private static void AssertWritten(string expected, string channel, Publication publication)
    {
        var output = new ArrayBufferWriter<byte>();
        JsonProtocol.Instance.Write(channel, publication, PublicationForm.Plain, output);
        Assert.Equal(expected, Encoding.UTF8.GetString(output.WrittenSpan));
    }

    private sealed record UnknownResult : Result;
}
