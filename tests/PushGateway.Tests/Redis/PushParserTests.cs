using System.Text;
using PushGateway.Redis.PubSub;

namespace PushGateway.Tests.Redis;

public sealed class PushParserTests
{
    private const int MaxPayload = 1024;

    [Theory]
    [InlineData("*3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$5\r\nhello\r\n", "Message", "news", "hello")]
    [InlineData(">3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$5\r\nhello\r\n", "Message", "news", "hello")]
    [InlineData("*3\r\n$8\r\nsmessage\r\n$4\r\nnews\r\n$0\r\n\r\n", "Message", "news", "")]
    [InlineData("*3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$4\r\n\r\n\r\n\r\n", "Message", "news", "\r\n\r\n")]
    [InlineData("*3\r\n$9\r\nsubscribe\r\n$4\r\nnews\r\n:1\r\n", "Subscribed", "news", "")]
    [InlineData("*3\r\n$10\r\nssubscribe\r\n$4\r\nnews\r\n:1\r\n", "Subscribed", "news", "")]
    [InlineData("*3\r\n$11\r\nunsubscribe\r\n$4\r\nnews\r\n:0\r\n", "Unsubscribed", "news", "")]
    [InlineData("*3\r\n$11\r\nunsubscribe\r\n$-1\r\n:0\r\n", "Unsubscribed", "", "")]
    [InlineData("*3\r\n$12\r\nsunsubscribe\r\n$4\r\nnews\r\n:0\r\n", "Unsubscribed", "news", "")]
    [InlineData("*2\r\n$4\r\npong\r\n$0\r\n\r\n", "Pong", "", "")]
    [InlineData("+PONG\r\n", "Pong", "", "")]
    [InlineData("+OK\r\n", "Ok", "", "")]
    [InlineData("-NOAUTH Authentication required.\r\n", "Error", "NOAUTH Authentication required.", "")]
    [InlineData("*4\r\n$8\r\npmessage\r\n$1\r\n*\r\n$4\r\nnews\r\n$5\r\nhello\r\n", "Other", "news", "")]
    [InlineData(">2\r\n$10\r\ninvalidate\r\n_\r\n", "Other", "", "")]
    [InlineData(":1\r\n", "Other", "", "")]
    public void Reads_what_redis_sends_and_needs_every_byte_of_it(string sent, string kind, string topic, string payload)
    {
        var bytes = Encoding.ASCII.GetBytes(sent + "+OK\r\n");
        for (var length = 0; length < sent.Length; length++)
        {
            Assert.Equal(ParseStatus.Incomplete, PushParser.Read(bytes.AsSpan(0, length), MaxPayload, out _, out var needed));
            Assert.InRange(needed, length + 1, sent.Length);
        }

        Assert.Equal(ParseStatus.Complete, PushParser.Read(bytes, MaxPayload, out var push, out var used));
        Assert.Equal(sent.Length, used);
        Assert.Equal(kind, push.Kind.ToString());
        if (push.Kind is not PushKind.Other)
            Assert.Equal(topic, Encoding.ASCII.GetString(push.Topic));
        Assert.Equal(payload, Encoding.ASCII.GetString(bytes, push.PayloadStart, push.PayloadLength));
    }

    [Theory]
    [InlineData("hello\r\n")]
    [InlineData("\r\n")]
    [InlineData("+OK\n")]
    [InlineData("$5\r\nhello\r\n")]
    [InlineData("*0\r\n")]
    [InlineData("*-1\r\n")]
    [InlineData("*99999999999\r\n")]
    [InlineData("*1000000\r\n")]
    [InlineData("*3x\r\n")]
    [InlineData("*3\r\n\r\n")]
    [InlineData("*3\r\n*3\r\n")]
    [InlineData("*3\r\n$-2\r\n")]
    [InlineData("*3\r\n$7x\r\n")]
    [InlineData("*3\r\n$99999999999999999999\r\n")]
    [InlineData("*3\r\n$9223372036854775807\r\n")]
    [InlineData("*3\r\n$2147483647\r\n")]
    [InlineData("*3\r\n$7\r\nmessageXX$4\r\nnews\r\n")]
    [InlineData("*3\r\n$7\r\nmessage\r\n$100000\r\n")]
    [InlineData("*4\r\n$8\r\npmessage\r\n$1\r\n*\r\n$100000\r\n")]
    public void Refuses_what_is_not_the_protocol(string sent) =>
        Assert.Equal(ParseStatus.Broken, PushParser.Read(Encoding.ASCII.GetBytes(sent), MaxPayload, out _, out _));

    [Fact]
    public void Refuses_a_line_without_end() =>
        Assert.Equal(ParseStatus.Broken, PushParser.Read(Encoding.ASCII.GetBytes(new string('+', 5000)), MaxPayload, out _, out _));

    [Fact]
    public void Says_how_much_of_an_oversized_message_to_pass_over()
    {
        const string Header = "*3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$2147483647\r\n";

        Assert.Equal(ParseStatus.Oversized, PushParser.Read(Encoding.ASCII.GetBytes(Header), MaxPayload, out _, out var length));

        Assert.Equal(Header.Length + 2147483647L + 2, length);
    }

    [Fact]
    public void Survives_anything()
    {
        var random = new Random(1);
        var sample = "*3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$5\r\nhello\r\n>3\r\n$9\r\nsubscribe\r\n$4\r\nnews\r\n:1\r\n-ERR no\r\n"u8.ToArray();
        for (var i = 0; i < 200_000; i++)
        {
            var bytes = sample.ToArray();
            for (var changes = random.Next(1, 6); changes > 0; changes--)
                bytes[random.Next(bytes.Length)] = random.Next(3) == 0 ? (byte)random.Next(256) : sample[random.Next(sample.Length)];

            var rest = bytes.AsSpan(random.Next(4));
            while (PushParser.Read(rest, MaxPayload, out var push, out var length) == ParseStatus.Complete)
            {
                Assert.InRange(length, 1, rest.Length);
                Assert.InRange(push.PayloadStart + push.PayloadLength, 0, length);
                rest = rest[(int)length..];
            }
        }
    }
}
