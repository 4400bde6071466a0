using System.Text;
using Microsoft.Extensions.Options;
using PushGateway.Connections;
using PushGateway.Protocol;
using PushGateway.Security;
using PushGateway.Security.Authorization;
using PushGateway.Security.Callbacks;

namespace PushGateway.Tests.Security.Callbacks;

public class CallbackAnswerReaderTests
{
    private readonly CallbackAnswerReader _reader = new(Options.Create(new PushGatewayOptions()));

    [Fact]
    public void Reads_who_a_client_is()
    {
        var grant = Connect("""{"result":{"user":"42"}}""").Result!;
        Assert.Equal(new ClientIdentity("42"), grant.Identity);
        Assert.Null(grant.Stamp.ExpiresAt);
        Assert.Empty(grant.Channels);

        grant = Connect("""
            {"result":{"user":"42","expire_at":4102444800,"info":{"name":
            "Ann"},"meta":[1,2],"channels":["news:1","game:2"],"subs":{"chat:3":{"info":{"seat":7}},"chat:4":{}}}}
            """).Result!;
        Assert.Equal(new ClientIdentity("42", """{"name":"Ann"}"""), grant.Identity);
        Assert.Equal(DateTimeOffset.FromUnixTimeSeconds(4102444800), grant.Stamp.ExpiresAt);
        Assert.Equal("[1,2]", grant.Meta);
        Assert.Equal([("news:1", null), ("game:2", null), ("chat:3", """{"seat":7}"""), ("chat:4", null)], grant.Channels);
    }

    [Fact]
    public void An_empty_user_is_an_anonymous_client() => Assert.Equal(ClientIdentity.Anonymous, Connect("""{"result":{"user":""}}""").Result!.Identity);

    [Fact]
    public void Null_is_as_good_as_absent_and_0_is_never()
    {
        var grant = Connect("""{"result":{"user":"42","info":null,"override":null,"expire_at":0},"error":null,"disconnect":null}""").Result!;
        Assert.Equal((null, null), (grant.Identity.Info, grant.Stamp.ExpiresAt));
    }

    [Fact]
    public void Reads_whether_a_client_may()
    {
        Assert.Equal(ChannelDecision.Allowed, Subscribe("""{"result":{}}""").Result);
        var subscription = Subscribe("""{"result":{"info":"x","expire_at":4102444800}}""").Result!;
        Assert.Equal((true, "\"x\"", DateTimeOffset.FromUnixTimeSeconds(4102444800)), (subscription.IsAllowed, subscription.Info, subscription.ExpiresAt!.Value));
        Assert.Equal(ChannelDecision.Allowed, Publish("""{"result":{}}""").Result);
        Assert.Equal("""{"text":"***"}""", Encoding.UTF8.GetString(Publish("""{"result":{"data":{"text":"***"}}}""").Result!.Data!.Value.Span));
    }

    [Fact]
    public void Reads_errors_and_disconnects()
    {
        Assert.Equal(new ErrorResult(403, "not you"), Subscribe("""{"error":{"code":403,"message":"not you"}}""").Error);
        Assert.Equal(new ErrorResult(1999, "", Temporary: true), Publish("""{"error":{"code":1999,"temporary":true}}""").Error);
        Assert.Equal(new ErrorResult(100, ""), Connect("""{"error":{"code":100,"more":[]}}""").Error);
        Assert.Equal(new CloseReason(4501, "unauthorized"), Connect("""{"disconnect":{"code":4501,"reason":"unauthorized"}}""").End);
        Assert.Equal(new CloseReason(3000, ""), Publish("""{"disconnect":{"code":3000}}""").End);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("<html>Sign in</html>")]
    [InlineData("""{"result":{"user":"42"}""")]
    [InlineData("""{"result":{"user":"42"}} {}""")]
    [InlineData("""{"result":{"user":"42"},"result":{"user":"43"}}""")]
    [InlineData("""{"result":{"user":"42","user":"43"}}""")]
    [InlineData("""{"result":{"user":"42"},"error":{"code":400}}""")]
    [InlineData("""{"result":{"user":"42"},"disconnect":{"code":4000}}""")]
    [InlineData("""{"result":null}""")]
    [InlineData("""{"result":"42"}""")]
    [InlineData("""{"result":{}}""")]
    [InlineData("""{"result":{"user":42}}""")]
    [InlineData("""{"result":{"user":"4 2"}}""")]
    [InlineData("""{"result":{"user":"4,2"}}""")]
    [InlineData("""{"result":{"user":"\ud800"}}""")]
    [InlineData("""{"result":{"user":"42","expire_at":"tomorrow"}}""")]
    [InlineData("""{"result":{"user":"42","expire_at":1.5}}""")]
    [InlineData("""{"result":{"user":"42","expire_at":-1}}""")]
    [InlineData("""{"result":{"user":"42","expire_at":999999999999999}}""")]
    [InlineData("""{"result":{"user":"42","channels":"news"}}""")]
    [InlineData("""{"result":{"user":"42","channels":["with space"]}}""")]
    [InlineData("""{"result":{"user":"42","channels":[null]}}""")]
    [InlineData("""{"result":{"user":"42","channels":["news:1","news:1"]}}""")]
    [InlineData("""{"result":{"user":"42","channels":["news:1"],"subs":{"news:1":{}}}}""")]
    [InlineData("""{"result":{"user":"42","subs":{"news:1":{"override":{}}}}}""")]
    [InlineData("""{"result":{"user":"42","b64info":"e30="}}""")]
    [InlineData("""{"error":{}}""")]
    [InlineData("""{"error":{"code":"403"}}""")]
    [InlineData("""{"error":{"code":99}}""")]
    [InlineData("""{"error":{"code":2000}}""")]
    [InlineData("""{"error":{"code":403,"message":"two\nlines"}}""")]
    [InlineData("""{"error":{"code":403,"temporary":"yes"}}""")]
    [InlineData("""{"disconnect":{"code":2999}}""")]
    [InlineData("""{"disconnect":{"code":5000}}""")]
    [InlineData("""{"disconnect":{"reason":"none"}}""")]
    public void What_cannot_be_gone_by_is_no_answer(string body) => Assert.Throws<UnusableAnswerException>(() => Connect(body));

    [Theory]
    [InlineData("""{"result":{"data":{}}}""")]
    [InlineData("""{"result":{"override":{"presence":{"value":true}}}}""")]
    public void A_wish_for_a_subscription_that_is_not_served_is_not_passed_over(string body) => Assert.Throws<UnusableAnswerException>(() => Subscribe(body));

    [Theory]
    [InlineData("""{"result":{"skip_history":true}}""")]
    [InlineData("""{"result":{"b64data":"e30="}}""")]
    [InlineData("""{"result":{"tags":{"role":"admin"}}}""")]
    public void A_wish_for_a_publication_that_is_not_served_is_not_passed_over(string body) => Assert.Throws<UnusableAnswerException>(() => Publish(body));

    [Fact]
    public void Nothing_is_larger_than_its_limit()
    {
        Assert.Throws<UnusableAnswerException>(() => Connect($$$"""{"result":{"user":"42","info":"{{{new string('x', 4096)}}}"}}"""));
        Assert.Throws<UnusableAnswerException>(() => Connect($$$"""{"result":{"user":"42","meta":"{{{new string('x', 4096)}}}"}}"""));
        Assert.Throws<UnusableAnswerException>(() => Connect($$$"""{"disconnect":{"code":4000,"reason":"{{{new string('x', 124)}}}"}}"""));
        Assert.Throws<UnusableAnswerException>(() => Connect($$$"""{"result":{"user":"42","channels":[{{{string.Join(',', Enumerable.Range(0, 129).Select(i => $"\"c{i}\""))}}}]}}"""));
        Assert.Throws<UnusableAnswerException>(() => Publish($$$"""{"result":{"data":"{{{new string('x', 65536)}}}"}}"""));
        Assert.Throws<UnusableAnswerException>(() => Publish($$$"""{"result":{"data":{{{new string('[', 65)}}}{{{new string(']', 65)}}}}}"""));
        Assert.NotNull(Publish($$$"""{"result":{"data":{{{new string('[', 64)}}}{{{new string(']', 64)}}}}}""").Result);
    }

    [Fact]
    public void Bytes_that_are_no_text_are_no_answer() => Assert.Throws<UnusableAnswerException>(() => _reader.ReadPublish(new byte[] { (byte)'"', 0xff, (byte)'"' }));

    [Fact]
    public void The_complaint_has_the_name_of_a_field_and_nothing_else_of_the_answer()
    {
        var complaint = Assert.Throws<UnusableAnswerException>(() => Publish($$$"""{"result":{"skip\r\nhistory{{{new string('x', 100)}}}":"a secret"}}""")).Message;
        Assert.DoesNotContain("secret", complaint, StringComparison.Ordinal);
        Assert.True(complaint.Length < 100);
        Assert.DoesNotContain(complaint, char.IsControl);
    }

    private CallbackAnswer<ClientGrant> Connect(string body) => _reader.ReadConnect(Encoding.UTF8.GetBytes(body));

    private CallbackAnswer<ChannelDecision> Subscribe(string body) => _reader.ReadSubscribe(Encoding.UTF8.GetBytes(body));

    private CallbackAnswer<ChannelDecision> Publish(string body) => _reader.ReadPublish(Encoding.UTF8.GetBytes(body));
}
