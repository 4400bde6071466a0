using System.Text;
using PushGateway.Redis.PubSub;
using PushGateway.Redis.Publishing;

namespace PushGateway.Tests.Redis;

public sealed class ReplyTests
{
    [Theory]
    [InlineData("+OK\r\n")]
    [InlineData("-NOSCRIPT No matching script.\r\n")]
    [InlineData(":12\r\n")]
    [InlineData("$5\r\nhello\r\n")]
    [InlineData("$4\r\n\r\n\r\n\r\n")]
    [InlineData("$0\r\n\r\n")]
    [InlineData("$-1\r\n")]
    [InlineData("*0\r\n")]
    [InlineData("*-1\r\n")]
    [InlineData("*5\r\n:0\r\n:0\r\n:7\r\n$8\r\nabcdefgh\r\n:1700000000000\r\n")]
    [InlineData("*3\r\n$6\r\nmaster\r\n:3129659\r\n*2\r\n*3\r\n$9\r\n127.0.0.1\r\n$4\r\n9001\r\n$7\r\n3129242\r\n*0\r\n")]
    public void Every_byte_of_a_reply_is_needed_and_none_behind_it(string sent)
    {
        var bytes = Encoding.ASCII.GetBytes(sent + "+OK\r\n");
        for (var length = 0; length < sent.Length; length++)
        {
            Assert.Equal(ParseStatus.Incomplete, Reply.Measure(bytes.AsSpan(0, length), out var needed));
            Assert.InRange(needed, length + 1, sent.Length);
        }

        Assert.Equal(ParseStatus.Complete, Reply.Measure(bytes, out var used));
        Assert.Equal(sent.Length, used);
    }

    [Theory]
    [InlineData("hello\r\n")]
    [InlineData("\r\n")]
    [InlineData("$x\r\n")]
    [InlineData("$-2\r\n")]
    [InlineData("$5\r\nhelloXX")]
    [InlineData("$99999999\r\n")]
    [InlineData("$9223372036854775807\r\n")]
    [InlineData("*9223372036854775807\r\n")]
    [InlineData("*2\r\n+OK\r\n!\r\n")]
    public void What_is_no_reply_is_refused(string sent) =>
        Assert.Equal(ParseStatus.Broken, Reply.Measure(Encoding.ASCII.GetBytes(sent), out _));

    [Fact]
    public void A_line_without_end_is_refused() =>
        Assert.Equal(ParseStatus.Broken, Reply.Measure(Encoding.ASCII.GetBytes(new string('+', 100_000)), out _));

    [Fact]
    public void The_answer_of_the_script_is_read()
    {
        var reply = Read("*5\r\n:1\r\n:1\r\n:7\r\n$8\r\nabcdefgh\r\n:1700000000000\r\n", ReplyUse.Script);

        Assert.Equal(new PublishReply(PublishFate.Done, new ScriptAnswer(1, IsRepeated: true, 7, "abcdefgh", 1_700_000_000_000)), reply);
        Assert.Null(Read("*5\r\n:0\r\n:0\r\n:0\r\n$0\r\n\r\n:1700000000000\r\n", ReplyUse.Script)!.Value.Answer.Epoch);
    }

    [Theory]
    [InlineData(":3\r\n", "Script")]
    [InlineData("*4\r\n:0\r\n:0\r\n:7\r\n$8\r\nabcdefgh\r\n", "Script")]
    [InlineData("*5\r\n:0\r\n:0\r\n$1\r\n7\r\n$8\r\nabcdefgh\r\n:1\r\n", "Script")]
    [InlineData("+OK\r\n", "Plain")]
    [InlineData("$1\r\n3\r\n", "Plain")]
    public void What_is_no_answer_to_a_publication_is_none(string sent, string use) => Assert.Null(Read(sent, Enum.Parse<ReplyUse>(use)));

    [Theory]
    [InlineData("NOSCRIPT No matching script.", "NotDone")]
    [InlineData("MOVED 3999 127.0.0.1:6381", "NotDone")]
    [InlineData("ASK 3999 127.0.0.1:6381", "NotDone")]
    [InlineData("TRYAGAIN Multiple keys request during rehashing of slot", "NotDone")]
    [InlineData("CLUSTERDOWN Hash slot not served", "NotDone")]
    [InlineData("LOADING Redis is loading the dataset in memory", "NotDone")]
    [InlineData("READONLY You can't write against a read only replica.", "NotDone")]
    [InlineData("NOAUTH Authentication required.", "NotDone")]
    [InlineData("NOPERM User gateway has no permissions to access one of the keys used as arguments", "Refused")]
    [InlineData("OOM command not allowed when used memory > 'maxmemory'.", "Refused")]
    [InlineData("WRONGTYPE Operation against a key holding the wrong kind of value", "Refused")]
    [InlineData("MOVEDX unheard of", "Refused")]
    [InlineData("ERR", "Refused")]
    public void Only_what_certainly_had_no_effect_and_may_succeed_another_way_counts_as_not_done(string error, string fate)
    {
        foreach (var use in Enum.GetValues<ReplyUse>().Take(2))
            Assert.Equal(new PublishReply(Enum.Parse<PublishFate>(fate), Reason: error), Read($"-{error}\r\n", use));
    }

    [Theory]
    [InlineData("*3\r\n$6\r\nmaster\r\n:0\r\n*0\r\n", true)]
    [InlineData("*5\r\n$5\r\nslave\r\n$9\r\n127.0.0.1\r\n:6379\r\n$9\r\nconnected\r\n:1\r\n", false)]
    [InlineData("-NOPERM User gateway has no permissions to run the 'role' command\r\n", true)]
    [InlineData("-NOAUTH Authentication required.\r\n", false)]
    [InlineData("+OK\r\n", false)]
    public void A_server_is_a_primary_when_it_says_so_or_may_not_be_asked(string sent, bool isPrimary) =>
        Assert.Equal(isPrimary, Reply.IsPrimary(Encoding.ASCII.GetBytes(sent)));

    private static PublishReply? Read(string sent, ReplyUse use) => Reply.ReadPublished(Encoding.ASCII.GetBytes(sent), use);
}
