using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using PushGateway.Notifications;

namespace PushGateway.Tests.Notifications;

public class JsonPayloadTests
{
    private static readonly JsonSerializerOptions[] Indented = [new() { WriteIndented = true, NewLine = "\n" }, new() { WriteIndented = true, NewLine = "\r\n" }];

    [Theory]
    [InlineData("null")]
    [InlineData(" 1 ")]
    [InlineData("\r\n{\"a\":[1,2.5e300,\"\\u0000 č 😀\",true]}\n")]
    [InlineData("\"\\ud83d\\ude00\"")]
    public void One_JSON_value_is_a_payload(string data) => Assert.True(JsonPayload.IsOneValue(Encoding.UTF8.GetBytes(data)));

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("\n")]
    [InlineData("1 2")]
    [InlineData("{}{}")]
    [InlineData("{}\n{}")]
    [InlineData("{\"a\":1,}")]
    [InlineData("{'a':1}")]
    [InlineData("[1")]
    [InlineData("NaN")]
    [InlineData("01")]
    [InlineData("// no\n1")]
    [InlineData("\"a\nb\"")]
    [InlineData("\"a\rb\"")]
    [InlineData("\ufeff1")]
    public void Anything_else_is_not(string data) => Assert.False(JsonPayload.IsOneValue(Encoding.UTF8.GetBytes(data)));

    [Fact]
    public void Bytes_that_are_no_UTF8_are_found_inside_strings_too()
    {
        Assert.False(JsonPayload.IsOneValue([(byte)'"', 0xC3, 0x28, (byte)'"']));
        Assert.False(JsonPayload.IsOneValue([(byte)'"', 0xED, 0xA0, 0x80, (byte)'"']));
        Assert.False(JsonPayload.IsOneValue([.. "{\""u8, 0xFF, .. "\":1}"u8]));
        Assert.True(JsonPayload.IsOneValue([(byte)'"', 0xC3, 0xA9, (byte)'"']));
    }

    [Fact]
    public void Nesting_is_bounded()
    {
        Assert.True(JsonPayload.IsOneValue(Encoding.UTF8.GetBytes(new string('[', 64) + new string(']', 64))));
        Assert.False(JsonPayload.IsOneValue(Encoding.UTF8.GetBytes(new string('[', 65) + new string(']', 65))));
        Assert.False(JsonPayload.IsOneValue(Encoding.UTF8.GetBytes(new string('[', 60_000))));
    }

    [Fact]
    public void A_payload_without_line_breaks_stays_the_same_memory()
    {
        ReadOnlyMemory<byte> data = """{ "a" : "\n\r" ,	"b":1 }"""u8.ToArray();
        Assert.Equal(data, JsonPayload.OnOneLine(data));
    }

    [Theory]
    [InlineData("{\n  \"a\": 1,\r\n  \"b\": [\r1,\n2]\n}\n", "{  \"a\": 1,  \"b\": [1,2]}")]
    [InlineData("\n\n1\r\r", "1")]
    [InlineData("[\"\\n\\r\\\\n\",\n\"č\"]", "[\"\\n\\r\\\\n\",\"č\"]")]
    public void Line_breaks_between_tokens_are_left_out_and_nothing_else(string data, string expected) =>
        Assert.Equal(expected, Encoding.UTF8.GetString(JsonPayload.OnOneLine(Encoding.UTF8.GetBytes(data)).Span));

    [Fact]
    public void The_value_stays_equal_whatever_its_layout()
    {
        var random = new Random(12);
        for (var round = 0; round < 500; round++)
        {
            var node = RandomNode(random, 4);
            var line = JsonPayload.OnOneLine(JsonSerializer.SerializeToUtf8Bytes(node, Indented[random.Next(2)]));
            Assert.True(line.Span.IndexOfAny((byte)'\r', (byte)'\n') < 0);
            Assert.True(JsonNode.DeepEquals(node, JsonNode.Parse(line.Span)));
        }
    }

    private static JsonNode? RandomNode(Random random, int depth) => random.Next(depth > 0 ? 6 : 4) switch
    {
        0 => null,
        1 => JsonValue.Create(random.NextInt64()),
        2 => JsonValue.Create(random.Next(2) == 0),
        3 => JsonValue.Create(new string(random.GetItems("ab\n\r\t\"\\č".AsSpan(), random.Next(8)))),
        4 => new JsonArray([.. Enumerable.Range(0, random.Next(4)).Select(_ => RandomNode(random, depth - 1))]),
        _ => new JsonObject(Enumerable.Range(0, random.Next(4)).Select(i => KeyValuePair.Create($"k{i}\n", RandomNode(random, depth - 1)))),
    };
}
