using System.Net;
using System.Net.Sockets;
using System.Text;

namespace PushGateway.IntegrationTests.Api;

/// <summary>What is wrong with a key against publishing twice is said, and nothing is published.</summary>
public sealed class BadIdempotencyKeyTests(DevelopmentNode shared) : IClassFixture<DevelopmentNode>
{
    private const string Body = """{"channel":"a","data":1}""";

    private readonly HttpClient _http = shared.Node.Http;

    [Theory]
    [InlineData("")]
    [InlineData("tab\tinside")]
    [InlineData("č")]
    [InlineData("key-é")]
    [InlineData("😀")]
    [InlineData("\u00a0x")]
    public async Task A_key_that_is_none_is_refused(string key) =>
        AssertRefused(await SendAsync(Encoding.UTF8.GetBytes($"Idempotency-Key: {key}\r\n")), "must have 1 to 255 printable ASCII characters");

    [Theory]
    [InlineData(256)]
    [InlineData(8192)]
    public async Task A_key_can_be_too_long(int length) =>
        Assert.Equal("Idempotency-Key", (await (await _http.PostNotificationAsync(Body, new string('k', length))).ReadProblemAsync(HttpStatusCode.BadRequest, "invalid-request")).Field());

    [Theory]
    [InlineData("a", "b")]
    [InlineData("a", "a")]
    [InlineData("", "a")]
    public async Task Several_keys_are_refused(params string[] keys) =>
        AssertRefused(await SendAsync(Encoding.ASCII.GetBytes(string.Concat(keys.Select(key => $"Idempotency-Key: {key}\r\n")))), "must be sent once");

    [Theory]
    [InlineData(new byte[] { 0xff })]
    [InlineData(new byte[] { 0xc3 })]
    [InlineData(new byte[] { 0 })]
    [InlineData(new byte[] { 0x7f })]
    [InlineData(new byte[] { 1 })]
    public async Task Bytes_that_are_no_text_are_refused(byte[] key) =>
        Assert.StartsWith("HTTP/1.1 400 ", await SendAsync([.. "Idempotency-Key: x"u8, .. key, .. "\r\n"u8]), StringComparison.Ordinal);

    [Fact]
    public async Task Space_around_a_key_does_not_count() =>
        Assert.StartsWith("HTTP/1.1 200 ", await SendAsync("Idempotency-Key: \t a key  \r\n"u8.ToArray()), StringComparison.Ordinal);

    [Fact]
    public async Task A_bad_key_is_said_before_a_bad_body() =>
        Assert.Equal("Idempotency-Key", (await (await _http.PostNotificationAsync("{", new string('k', 256))).ReadProblemAsync(HttpStatusCode.BadRequest, "invalid-request")).Field());

    [Fact]
    public async Task On_a_question_a_key_is_not_looked_at()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/nodes");
        request.Headers.TryAddWithoutValidation("Idempotency-Key", new string('k', 256));
        await (await _http.SendAsync(request, TestContext.Current.CancellationToken)).ReadAsync();
    }

    private static void AssertRefused(string answer, string why)
    {
        Assert.StartsWith("HTTP/1.1 400 ", answer, StringComparison.Ordinal);
        Assert.Contains("\"urn:pushgateway:problem:invalid-request\"", answer, StringComparison.Ordinal);
        Assert.Contains($"\"errors\":{{\"Idempotency-Key\":[\"{why}\"]}}", answer, StringComparison.Ordinal);
    }

    // By hand, since HTTP clients mend or refuse such headers.
    private async Task<string> SendAsync(byte[] header)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(shared.Node.Address.Host, shared.Node.Address.Port, TestContext.Current.CancellationToken);
        byte[] request =
        [
            .. "POST /v1/notifications HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\n"u8,
            .. header,
            .. Encoding.ASCII.GetBytes($"Content-Length: {Body.Length}\r\n\r\n{Body}"),
        ];
        await socket.GetStream().WriteAsync(request, TestContext.Current.CancellationToken);
        using var reader = new StreamReader(socket.GetStream(), Encoding.UTF8);
        return await reader.ReadToEndAsync(TestContext.Current.CancellationToken);
    }
}
