using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using PushGateway.IntegrationTests.Infrastructure;

namespace PushGateway.IntegrationTests.Api;

/// <summary>What is too large is refused, however it is sent.</summary>
public sealed class SizeTests(DevelopmentNode shared) : IClassFixture<DevelopmentNode>
{
    private const int MaxBody = 1024 * 1024;

    private readonly HttpClient _http = shared.Node.Http;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_body_over_the_limit_is_too_large(bool chunked)
    {
        var problem = await (await PostAsync(Padded(MaxBody + 1), chunked)).ReadProblemAsync(HttpStatusCode.RequestEntityTooLarge, "too-large");
        Assert.Equal("body", problem.Field());
        Assert.Contains("1048576", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_body_at_the_limit_is_not(bool chunked) => await (await PostAsync(Padded(MaxBody), chunked)).ReadAsync();

    [Fact]
    public async Task The_node_goes_on_after_a_body_far_over_the_limit()
    {
        await (await PostAsync(Padded(16 * MaxBody), chunked: true)).ReadProblemAsync(HttpStatusCode.RequestEntityTooLarge, "too-large");
        await (await _http.PostNotificationAsync("""{"channel":"a","data":1}""")).ReadAsync();
    }

    [Theory]
    [InlineData(65537)]
    [InlineData(1_000_000)]
    public async Task Data_over_64_KiB_is_too_large(int bytes)
    {
        var problem = await (await _http.PostNotificationAsync($$"""{"channel":"a","data":"{{new string('x', bytes - 2)}}"}"""))
            .ReadProblemAsync(HttpStatusCode.RequestEntityTooLarge, "too-large");
        Assert.Equal("data", problem.Field());
    }

    [Fact]
    public async Task Data_is_measured_in_bytes()
    {
        var problem = await (await _http.PostNotificationAsync($$"""{"channel":"a","data":"{{new string('é', 32768)}}"}"""))
            .ReadProblemAsync(HttpStatusCode.RequestEntityTooLarge, "too-large");
        Assert.Equal("data has 65538 bytes, and 65536 is the most.", problem.GetProperty("detail").GetString());
    }

    [Fact]
    public async Task Limits_are_settings()
    {
        await using var node = GatewayNode.Start(
            ("PushGateway:Api:MaxBodyBytes", "2000"), ("PushGateway:Api:MaxDataBytes", "10"), ("PushGateway:Api:MaxTargets", "2"),
            ("PushGateway:Api:MaxTags", "1"), ("PushGateway:Api:MaxTagBytes", "3"));
        await (await node.Http.PostNotificationAsync("""{"channels":["a","b"],"data":"01234567","tags":{"abc":"def"}}""")).ReadAsync();
        Assert.Equal("data", (await (await node.Http.PostNotificationAsync("""{"channel":"a","data":"012345678"}""")).ReadProblemAsync(HttpStatusCode.RequestEntityTooLarge, "too-large")).Field());
        foreach (var (body, field) in new[]
        {
            ("""{"channels":["a","b","c"],"data":1}""", "channels"),
            ("""{"channel":"a","data":1,"tags":{"a":"","b":""}}""", "tags"),
            ("""{"channel":"a","data":1,"tags":{"a":"1234"}}""", "tags"),
        })
            Assert.Equal(field, (await (await node.Http.PostNotificationAsync(body)).ReadProblemAsync(HttpStatusCode.BadRequest, "invalid-request")).Field());
        await (await node.Http.PostNotificationAsync(new string(' ', 2001))).ReadProblemAsync(HttpStatusCode.RequestEntityTooLarge, "too-large");
    }

    [Fact]
    public async Task A_broken_chunk_is_a_broken_request()
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(shared.Node.Address.Host, shared.Node.Address.Port, TestContext.Current.CancellationToken);
        var stream = socket.GetStream();
        await stream.WriteAsync(
            "POST /v1/notifications HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n"u8.ToArray(),
            TestContext.Current.CancellationToken);
        using var reader = new StreamReader(stream, Encoding.ASCII);
        var answer = await reader.ReadToEndAsync(TestContext.Current.CancellationToken);
        Assert.StartsWith("HTTP/1.1 400 ", answer, StringComparison.Ordinal);
        Assert.Contains("\"urn:pushgateway:problem:broken-request\"", answer, StringComparison.Ordinal);
    }

    // Space in front of a notification, up to a size.
    private static byte[] Padded(int size) => Encoding.ASCII.GetBytes("""{"channel":"a","data":1}""".PadLeft(size));

    private async Task<HttpResponseMessage> PostAsync(byte[] body, bool chunked)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, ApiCalls.Notifications) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.TransferEncodingChunked = chunked;
        request.Headers.ExpectContinue = !chunked; // Answered before the body is sent; a client that sends it all the same may see its connection reset.
        return await _http.SendAsync(request, TestContext.Current.CancellationToken);
    }
}
