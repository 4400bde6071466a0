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
    [InlineData("0.001", 1)]
    [InlineData("1", 1000)]
    [InlineData("1.0", 1000)]
    [InlineData("1e3", 1_000_000)]
    [InlineData("15E-1", 1500)]
    [InlineData("0.0015", 1)]
    [InlineData("0.30000000000000004", 300)]
    [InlineData("31622400", 31_622_400_000)]
    public void A_lifetime_is_in_seconds_and_cut_to_milliseconds(string seconds, long milliseconds) =>
        Assert.Equal(milliseconds, (long)Read($$"""{"channel":"a","data":1,"expiresIn":{{seconds}}}""").ExpiresIn!.Value.TotalMilliseconds);

    [Theory]
    [InlineData("0", 0ul)]
    [InlineData("9007199254740991", 9007199254740991ul)]
    public void A_version_is_a_whole_number(string version, ulong expected) =>
        Assert.Equal(expected, Read($$"""{"channel":"a","data":1,"version":{{version}}}""").Version);

    [Fact]
    public void What_decides_about_delivery_may_be_absent()
    {
        foreach (var body in new[] { """{"channel":"a","data":1}""", """{"channel":"a","data":1,"expiresIn":null,"version":null,"collapseKey":null}""" })
        {
            var read = Read(body);
            Assert.Equal((null, null, null, null), (read.ExpiresIn, read.Version, read.CollapseKey, read.IdempotencyKey));
        }
    }

    [Fact]
    public void A_collapse_key_and_an_idempotency_key_are_taken_as_they_are()
    {
        var read = NotificationRequest.Read("""{"channel":"a","data":1,"collapseKey":"č 😀"}"""u8.ToArray(), _rules, "a key");
        Assert.Equal(("č 😀", "a key"), (read.CollapseKey, read.IdempotencyKey));
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
    [InlineData("expiresIn", """{"channel":"a","data":1,"expiresIn":0}""")]
    [InlineData("expiresIn", """{"channel":"a","data":1,"expiresIn":-1}""")]
    [InlineData("expiresIn", """{"channel":"a","data":1,"expiresIn":-0.5}""")]
    [InlineData("expiresIn", """{"channel":"a","data":1,"expiresIn":0.0009}""")]
    [InlineData("expiresIn", """{"channel":"a","data":1,"expiresIn":31622400.001}""")]
    [InlineData("expiresIn", """{"channel":"a","data":1,"expiresIn":31622401}""")]
    [InlineData("expiresIn", """{"channel":"a","data":1,"expiresIn":1e400}""")]
    [InlineData("expiresIn", """{"channel":"a","data":1,"expiresIn":1e-400}""")]
    [InlineData("expiresIn", """{"channel":"a","data":1,"expiresIn":1e30}""")]
    [InlineData("expiresIn", """{"channel":"a","data":1,"expiresIn":"1"}""")]
    [InlineData("expiresIn", """{"channel":"a","data":1,"expiresIn":true}""")]
    [InlineData("expiresIn", """{"channel":"a","data":1,"expiresIn":[]}""")]
    [InlineData("expiresIn", """{"channel":"a","data":1,"expiresIn":[1]}""")]
    [InlineData("expiresIn", """{"channel":"a","data":1,"expiresIn":{}}""")]
    [InlineData("expiresIn", """{"channel":"a","data":1,"expiresIn":""}""")]
    [InlineData("expiresIn", """{"channel":"a","data":1,"expiresIn":"00:00:05"}""")]
    [InlineData("version", """{"channel":"a","data":1,"version":-1}""")]
    [InlineData("version", """{"channel":"a","data":1,"version":-0}""")]
    [InlineData("version", """{"channel":"a","data":1,"version":1.0}""")]
    [InlineData("version", """{"channel":"a","data":1,"version":1.5}""")]
    [InlineData("version", """{"channel":"a","data":1,"version":1e3}""")]
    [InlineData("version", """{"channel":"a","data":1,"version":9007199254740992}""")]
    [InlineData("version", """{"channel":"a","data":1,"version":18446744073709551616}""")]
    [InlineData("version", """{"channel":"a","data":1,"version":1e400}""")]
    [InlineData("version", """{"channel":"a","data":1,"version":"1"}""")]
    [InlineData("version", """{"channel":"a","data":1,"version":false}""")]
    [InlineData("version", """{"channel":"a","data":1,"version":[]}""")]
    [InlineData("version", """{"channel":"a","data":1,"version":{}}""")]
    [InlineData("expiresIn", """{"channel":"a","data":1,"expiresIn":NaN}""")]
    [InlineData("expiresIn", """{"channel":"a","data":1,"expiresIn":Infinity}""")]
    [InlineData("expiresIn", """{"channel":"a","data":1,"expiresIn":-}""")]
    [InlineData("expiresIn", """{"channel":"a","data":1,"expiresIn":01}""")]
    [InlineData("expiresIn", """{"channel":"a","data":1,"expiresIn":1.}""")]
    [InlineData("expiresIn", """{"channel":"a","data":1,"expiresIn":.5}""")]
    [InlineData("expiresIn", """{"channel":"a","data":1,"expiresIn":+1}""")]
    [InlineData("expiresIn", """{"channel":"a","data":1,"expiresIn":0x1}""")]
    [InlineData("expiresIn", """{"channel":"a","data":1,"expiresIn":1,"expiresIn":2}""")]
    [InlineData("version", """{"channel":"a","data":1,"version":NaN}""")]
    [InlineData("version", """{"channel":"a","data":1,"version":Infinity}""")]
    [InlineData("version", """{"channel":"a","data":1,"version":-}""")]
    [InlineData("version", """{"channel":"a","data":1,"version":01}""")]
    [InlineData("version", """{"channel":"a","data":1,"version":1.}""")]
    [InlineData("version", """{"channel":"a","data":1,"version":.5}""")]
    [InlineData("version", """{"channel":"a","data":1,"version":+1}""")]
    [InlineData("version", """{"channel":"a","data":1,"version":0x1}""")]
    [InlineData("version", """{"channel":"a","data":1,"version":1,"version":2}""")]
    [InlineData("collapseKey", """{"channel":"a","data":1,"collapseKey":1}""")]
    [InlineData("collapseKey", """{"channel":"a","data":1,"collapseKey":true}""")]
    [InlineData("collapseKey", """{"channel":"a","data":1,"collapseKey":[]}""")]
    [InlineData("collapseKey", """{"channel":"a","data":1,"collapseKey":{}}""")]
    [InlineData("collapseKey", """{"channel":"a","data":1,"collapseKey":""}""")]
    [InlineData("collapseKey", """{"channel":"a","data":1,"collapseKey":"\ud800"}""")]
    [InlineData("ExpiresIn", """{"channel":"a","data":1,"ExpiresIn":1}""")]
    [InlineData("idempotencyKey", """{"channel":"a","data":1,"idempotencyKey":"x"}""")]
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

    [Theory]
    [InlineData("expiresIn", "\"soon\"", "must be a number of seconds from 0.001 to 31622400")]
    [InlineData("version", "-1", "must be a whole number from 0 to 9007199254740991, without fraction and exponent")]
    [InlineData("collapseKey", "\"\"", "must have 1 to 256 bytes of well-formed text")]
    public void What_it_should_have_been_is_said(string field, string value, string why) =>
        Assert.Equal(why, Fails($$"""{"channel":"a","data":1,"{{field}}":{{value}}}""").Why);

    [Fact]
    public void A_collapse_key_is_measured_in_bytes()
    {
        Read($$"""{"channel":"a","data":1,"collapseKey":"{{new string('č', 128)}}"}""");
        Assert.Equal("collapseKey", Fails($$"""{"channel":"a","data":1,"collapseKey":"{{new string('č', 128)}}x"}""").Field);
    }

    [Fact]
    public void A_number_as_long_as_the_body_may_be_is_refused_like_any_other() =>
        Assert.Equal("expiresIn", Fails($$"""{"channel":"a","data":1,"expiresIn":{{new string('9', 1_000_000)}}}""").Field);

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
        var valid = Encoding.UTF8.GetBytes("""{"channels":["a","chat:b"],"data":{"x":[1,"\u0041\ud83d\ude00"]},"tags":{"k":"č"},"expiresIn":1.5e0,"version":77,"collapseKey":"x"}""");
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

    [Fact]
    public void It_decides_as_the_serializer_would_and_says_the_same()
    {
        var random = new Random(78);
        string[] samples =
        [
            """{"channels":["a","chat:b",null],"data":{"x":[1,"\u0041\ud83d\ude00"]},"tags":{"k":"č","l":null},"expiresIn":1.5e0,"version":77,"collapseKey":"x"}""",
            """{"channel":"chat:a","data":null,"tags":null,"user":null,"expiresIn":null}""",
            """{"user":"42","data":"\u0041","tags":{"k":"v","k.2":"w"},"collapseKey":"č"}""",
            """{ "users" : ["1","2"], "data" : [[],{"a":{}}], "version" : 9007199254740991 }""",
        ];
        string[] parts = ["{", "}", "[", "]", "\"", ",", ":", "null", "1", "\\u0", "true", "\"data\":1", "\"channel\":\"a\"", "\"user\":", "\"x y\":1", "\\ud800", "\n", "é", "-", "1e3"];
        for (var round = 0; round < 40_000; round++)
        {
            var text = samples[random.Next(samples.Length)];
            for (var changes = random.Next(0, 4); changes > 0; changes--)
            {
                var at = random.Next(text.Length);
                text = text.Remove(at, random.Next(Math.Min(4, text.Length - at) + 1)).Insert(at, random.Next(3) > 0 ? parts[random.Next(parts.Length)] : "");
                if (text.Length == 0)
                    break;
            }

            var body = Encoding.UTF8.GetBytes(text);
            Assert.Equal((text, Verdict(() => SerializerReading.Read(body, _rules))), (text, Verdict(() => NotificationRequest.Read(body, _rules))));
        }
    }

    [Fact]
    public void A_line_of_a_batch_has_its_key_in_it()
    {
        var read = NotificationRequest.ReadLine("""{"idempotencyKey":"a key","user":"42","data":1}"""u8.ToArray(), _rules);
        Assert.Equal(("#42", "a key"), (Assert.Single(read.Channels), read.IdempotencyKey));
        Assert.Null(NotificationRequest.ReadLine("""{"idempotencyKey":null,"user":"42","data":1}"""u8.ToArray(), _rules).IdempotencyKey);
    }

    [Theory]
    [InlineData("idempotencyKey", """{"channel":"a","data":1,"idempotencyKey":""}""")]
    [InlineData("idempotencyKey", """{"channel":"a","data":1,"idempotencyKey":"č"}""")]
    [InlineData("idempotencyKey", """{"channel":"a","data":1,"idempotencyKey":1}""")]
    [InlineData("idempotencyKey", """{"channel":"a","data":1,"idempotencyKey":"x","idempotencyKey":"x"}""")]
    [InlineData("channel", """{"data":1,"idempotencyKey":"x"}""")]
    [InlineData("text", """{"channel":"a","data":1,"text":1}""")]
    public void A_bad_line_is_answered_with_the_name_of_its_field(string field, string line) =>
        Assert.Equal(field, Assert.Throws<InvalidNotificationException>(() => NotificationRequest.ReadLine(Encoding.UTF8.GetBytes(line), _rules)).Field);

    [Theory]
    [InlineData("null", "The line must be a JSON object.")]
    [InlineData("[]", "The line must be a JSON object with the fields of this request.")]
    [InlineData("{\"channel\"", "at byte 11.")]
    public void A_line_that_is_no_JSON_object_is_refused_as_a_line(string line, string why) => Assert.EndsWith(
        why.TrimEnd('.'), Assert.Throws<InvalidNotificationException>(() => NotificationRequest.ReadLine(Encoding.UTF8.GetBytes(line), _rules)).Message.TrimEnd('.'), StringComparison.Ordinal);

    // All that is read, or all that is said of what is wrong.
    private static string Verdict(Func<Notification> read)
    {
        try
        {
            var n = read();
            return $"{string.Join(' ', n.Channels)}|{Encoding.UTF8.GetString(n.Data.Span)}|{string.Join(' ', n.Tags ?? new Dictionary<string, string>())}|{n.ExpiresIn}|{n.Version}|{n.CollapseKey}";
        }
        catch (InvalidNotificationException invalid)
        {
            return $"{invalid.Field}!{invalid.Why}!{invalid.IsTooLarge}";
        }
    }

    private Notification Read(string body) => NotificationRequest.Read(Encoding.UTF8.GetBytes(body), _rules);

    private InvalidNotificationException Fails(string body) => Assert.Throws<InvalidNotificationException>(() => Read(body));
}
