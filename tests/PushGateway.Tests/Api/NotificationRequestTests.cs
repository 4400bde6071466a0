using System.Text;
using PushGateway.Api;
using PushGateway.Channels;
using PushGateway.Notifications;

namespace PushGateway.Tests.Api;

public class NotificationRequestTests
{
    private readonly NotificationRules _rules;

    public NotificationRequestTests()
    {
        var options = new PushGatewayOptions { Api = { MaxTargets = 3, MaxDataBytes = 150 } };
        options.Namespaces["chat"] = new ChannelOptions();
        var made = Microsoft.Extensions.Options.Options.Create(options);
        _rules = new NotificationRules(new ChannelDirectory(made), made);
    }

    [Theory]
    [InlineData("""{"channel":"news","data":1}""", "news")]
    [InlineData("""{"data":1,"channel":"chat:lobby#1,2"}""", "chat:lobby#1,2")]
    [InlineData("""{"channels":["a","b","a"],"data":1}""", "a", "b", "a")]
    [InlineData("""{"user":"42","data":1}""", "#42")]
    [InlineData("""{"users":["a:b","c#d"],"data":1}""", "#a:b", "#c#d")]
    [InlineData("""{"channel":"news","channels":null,"user":null,"users":null,"tags":null,"data":1}""", "news")]
    [InlineData("""{"\u0063hannel":"n\u0065ws","data":1}""", "news")]
    public void A_target_is_a_channel_channels_a_user_or_users(string body, params string[] expected) => Assert.Equal(expected, Read(body).Channels);

    [Theory]
    [InlineData("null")]
    [InlineData("true")]
    [InlineData("-1.50e+3")]
    [InlineData("\"\\u0041 č 😀 \\ud83d\\ude00\"")]
    [InlineData("{ \"a\" :\t[ 1 , 2.0 ]\r\n, \"a\" : {} }")]
    [InlineData("[]")]
    [InlineData("\"\\ud800\"")]
    public void Data_is_kept_byte_for_byte(string data)
    {
        foreach (var body in new[] { $$"""{"channel":"news","data":{{data}}}""", $$"""{ "data" : {{data}} , "channel" : "news" }""", $"\r\n{{\"data\":\n{data}\n,\"channel\":\"news\"}}\n" })
            Assert.Equal(data, Encoding.UTF8.GetString(Read(body).Data.Span));
    }

    [Fact]
    public void Tags_are_a_map_of_strings()
    {
        Assert.Equal(new Dictionary<string, string> { ["a"] = "b", ["c"] = "" }, Read("""{"channel":"news","data":1,"tags":{"a":"b","c":""}}""").Tags);
        Assert.Null(Read("""{"channel":"news","data":1}""").Tags);
    }

    [Theory]
    [InlineData("channel", """{"data":1}""")]
    [InlineData("channel", """{"channel":null,"data":1}""")]
    [InlineData("channel", """{"channel":"","data":1}""")]
    [InlineData("channel", """{"channel":"a b","data":1}""")]
    [InlineData("channel", """{"channel":"other:x","data":1}""")]
    [InlineData("channel", """{"channel":1,"data":1}""")]
    [InlineData("channel", """{"channel":["a"],"data":1}""")]
    [InlineData("channel", """{"channel":{},"data":1}""")]
    [InlineData("channel", """{"channel":true,"data":1}""")]
    [InlineData("channel", """{"channel":"\ud800","data":1}""")]
    [InlineData("channel", """{"channel":"a","channel":"a","data":1}""")]
    [InlineData("channels", """{"channel":"a","channels":["b"],"data":1}""")]
    [InlineData("user", """{"channel":"a","user":"b","data":1}""")]
    [InlineData("users", """{"channels":["a"],"users":["b"],"data":1}""")]
    [InlineData("channels", """{"channels":[],"data":1}""")]
    [InlineData("channels", """{"channels":["a","b","c","d"],"data":1}""")]
    [InlineData("channels", """{"channels":"a","data":1}""")]
    [InlineData("channels", """{"channels":{"a":1},"data":1}""")]
    [InlineData("channels[1]", """{"channels":["a","b c"],"data":1}""")]
    [InlineData("channels[1]", """{"channels":["a",null],"data":1}""")]
    [InlineData("channels[1]", """{"channels":["a",2],"data":1}""")]
    [InlineData("channels[0]", """{"channels":[["a"]],"data":1}""")]
    [InlineData("user", """{"user":"","data":1}""")]
    [InlineData("user", """{"user":"a,b","data":1}""")]
    [InlineData("user", """{"user":42,"data":1}""")]
    [InlineData("users", """{"users":[],"data":1}""")]
    [InlineData("users", """{"users":["1","2","3","4"],"data":1}""")]
    [InlineData("users[0]", """{"users":["a b"],"data":1}""")]
    [InlineData("users[2]", """{"users":["a","b",false],"data":1}""")]
    [InlineData("data", """{"channel":"a"}""")]
    [InlineData("data", """{"channel":"a","data":1,"data":2}""")]
    [InlineData("tags", """{"channel":"a","data":1,"tags":[]}""")]
    [InlineData("tags", """{"channel":"a","data":1,"tags":"x"}""")]
    [InlineData("tags.a", """{"channel":"a","data":1,"tags":{"a":1}}""")]
    [InlineData("tags.a", """{"channel":"a","data":1,"tags":{"a":null}}""")]
    [InlineData("tags", """{"channel":"a","data":1,"tags":{"":"x"}}""")]
    [InlineData("tags.a", """{"channel":"a","data":1,"tags":{"a":"1","a":"2"}}""")]
    [InlineData("tags.a", """{"channel":"a","data":1,"tags":{"a":"\udc00"}}""")]
    [InlineData("text", """{"channel":"a","data":1,"text":"x"}""")]
    [InlineData("Channel", """{"Channel":"a","data":1}""")]
    public void Bad_input_is_answered_with_the_name_of_its_field(string field, string body)
    {
        var failure = Fails(body);
        Assert.Equal(field, failure.Field);
        Assert.NotEmpty(failure.Why);
        Assert.False(failure.IsTooLarge);
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("null")]
    [InlineData("1")]
    [InlineData("[]")]
    [InlineData("\"x\"")]
    [InlineData("{")]
    [InlineData("{}{}")]
    [InlineData("{\"channel\":\"a\",\"data\":1}x")]
    [InlineData("{channel:\"a\"}")]
    [InlineData("{/* */}")]
    [InlineData("\ufeff{\"channel\":\"a\",\"data\":1}")]
    public void A_body_that_is_no_JSON_object_is_refused_as_a_whole(string body)
    {
        var failure = Fails(body);
        Assert.Equal("", failure.Field);
        Assert.StartsWith("The body ", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{\"channel\":\"a\",\"data\":[1,}")]
    [InlineData("{\"channel\":\"a\",\"data\":{\"x\":tru}}")]
    [InlineData("{\"channel\":\"a\",\"data\":")]
    [InlineData("{\"channel\":\"a\",\"data\":\"a\nb\"}")]
    public void Broken_JSON_says_where(string body) => Assert.Contains(" at line ", Fails(body).Message, StringComparison.Ordinal);

    [Fact]
    public void Data_over_the_limit_is_too_large()
    {
        Assert.Equal(150, Read($$"""{"channel":"a","data":"{{new string('x', 148)}}"}""").Data.Length);
        var failure = Fails($$"""{"channel":"a","data":"{{new string('x', 149)}}"}""");
        Assert.Equal(("data", true), (failure.Field, failure.IsTooLarge));
    }

    [Fact]
    public void Data_that_is_nested_too_deep_is_refused()
    {
        var deep = new string('[', 65) + new string(']', 65);
        Assert.NotNull(Fails($$"""{"channel":"a","data":{{deep}}}""").Why);
        deep = deep[1..^1];
        Assert.Equal(deep.Length, Read($$"""{"channel":"a","data":{{deep}}}""").Data.Length);
    }

    [Fact]
    public void Any_bytes_are_read_or_refused()
    {
        var random = new Random(77);
        var valid = Encoding.UTF8.GetBytes("""{"channels":["a","chat:b"],"data":{"x":[1,"\u0041\ud83d\ude00"]},"tags":{"k":"č"}}""");
        for (var round = 0; round < 20_000; round++)
        {
            var body = valid.ToArray();
            for (var changes = random.Next(1, 4); changes > 0; changes--)
                body[random.Next(body.Length)] = random.Next(3) == 0 ? (byte)random.Next(256) : (byte)"{}[]\",:\\u0dn"[random.Next(12)];
            try
            {
                NotificationRequest.Read(body.AsMemory(0, random.Next(4) == 0 ? random.Next(body.Length) : body.Length), _rules);
            }
            catch (InvalidNotificationException)
            {
            }
            catch (Exception failure)
            {
                throw new InvalidOperationException(Convert.ToHexString(body), failure);
            }
        }
    }

    private Notification Read(string body) => NotificationRequest.Read(Encoding.UTF8.GetBytes(body), _rules);

    private InvalidNotificationException Fails(string body) => Assert.Throws<InvalidNotificationException>(() => Read(body));
}
