using System.Net;
using System.Net.Sockets;
using System.Text;

namespace PushGateway.IntegrationTests.Api;

/// <summary>Every channel's history has an address, and no address leads to another channel.</summary>
public sealed class HistoryAddressTests(KeepingNode shared) : IClassFixture<KeepingNode>
{
    private const string Punctuation = "!#$%&'()+,-./:;=@^_|~";

    private readonly HttpClient _http = shared.Node.Http;

    /// <summary>All characters that names may have, and names that look alike when their escapes are resolved once too often or too seldom.</summary>
    private static readonly string[] Names =
    [
        .. Punctuation.Select(character => $"kept:a{character}b"),
        "kept:a%2Fb", "kept:a%2fb", "kept:a%252Fb", "kept:a%", "kept:%", "kept:%%", "kept:%25", "kept:%41", "kept:A", "kept:%C4%8D", "kept:a%20b", "kept:a%00b",
        "kept:/", "kept://", "kept:/a", "kept:a/", "kept:.", "kept:..", "kept:a/../b", "kept:a/./b", "kept:../../nodes", "kept:a/history", "kept:history/history", "kept:a//history",
        "kept:room#42,43", "#42", "#a/b", "#a%2Fb", "#%23", $"kept:{Punctuation.Replace("#", "", StringComparison.Ordinal)}", $"kept:{new string('/', 250)}",
    ];

    [Fact]
    public async Task Each_name_leads_to_its_own_channel()
    {
        Assert.Equal(Names.Length, Names.Distinct().Count());
        foreach (var (i, name) in Names.Index())
            await (await _http.PostNotificationAsync($$"""{"channel":"{{name}}","data":{{i}}}""")).ReadAsync();

        foreach (var (i, name) in Names.Index())
        {
            var page = await _http.FetchHistoryAsync(name);
            Assert.Equal(name, page.GetProperty("channel").GetString());
            Assert.Equal($"{i}", Assert.Single(page.GetProperty("publications").EnumerateArray()).GetProperty("data").GetRawText());
        }
    }

    [Fact]
    public async Task A_removal_meets_the_named_channel_alone()
    {
        string[] alike = ["kept:x/y", "kept:x%2Fy", "kept:x%252Fy", "kept:x"];
        foreach (var name in alike)
            await (await _http.PostNotificationAsync($$"""{"channel":"{{name}}","data":1}""")).ReadAsync();
        Assert.Equal(HttpStatusCode.NoContent, (await _http.RemoveAsync("/v1/channels/kept:x%2fy/history")).StatusCode);
        var left = await Task.WhenAll(alike.Select(async name => (await _http.FetchHistoryAsync(name)).GetProperty("offset").GetInt32()));
        Assert.Equal([0, 1, 1, 1], left);
    }

    [Theory]
    [InlineData("/v1/channels/%2342/history", "#42")]
    [InlineData("/v1/channels/#42/history", "#42")]
    [InlineData("/V1/Channels/kept%3Aa/History", "kept:a")]
    [InlineData("/v1/channels/kept:a/history/", "kept:a")]
    [InlineData("/v1/channels/kept:a/hist%6Fry", "kept:a")]
    [InlineData("/v1/channels/kept:a/history?limit=0&x=/v1/channels/kept:b/history", "kept:a")]
    [InlineData("http://localhost/v1/channels/%6Bept:a/history", "kept:a")]
    [InlineData("/v1/nodes/../channels/kept:a/history", "kept:a")]
    public async Task Other_ways_to_write_an_address_lead_to_the_same(string target, string channel) =>
        Assert.Contains($"\"channel\":\"{channel}\"", await SendAsync("GET", target), StringComparison.Ordinal);

    [Theory]
    [InlineData("/v1/channels/kept:a/kept:b/../history")]
    [InlineData("/v1/channels/kept:a/history/kept:b/..")]
    [InlineData("/v1/channels/kept:a/./history")]
    [InlineData("/v1/channels/kept:a/history/%2E")]
    public async Task An_address_with_steps_behind_the_name_is_refused(string target)
    {
        foreach (var method in new[] { "GET", "DELETE" })
        {
            var answer = await SendAsync(method, target);
            Assert.StartsWith("HTTP/1.1 400 ", answer, StringComparison.Ordinal);
            Assert.Contains("\"detail\":\"channel must be one segment of a plain address.\"", answer, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("/v1/channels//history")]
    [InlineData("/v1/channels/history")]
    [InlineData("/v1/channels/./history")]
    [InlineData("/v1/channels/%2E%2E/history")]
    [InlineData("/v1/channels/kept:a/b/history")]
    [InlineData("/v1/channels/kept:a/history/1")]
    [InlineData("/v1/channels/kept:a")]
    public async Task What_is_not_one_segment_is_not_found(string target)
    {
        foreach (var method in new[] { "GET", "DELETE" })
        {
            var answer = await SendAsync(method, target);
            Assert.True(answer.StartsWith("HTTP/1.1 404 ", StringComparison.Ordinal) || (method == "DELETE" && answer.StartsWith("HTTP/1.1 405 ", StringComparison.Ordinal)), answer);
        }
    }

    [Theory]
    [InlineData("with%20space")]
    [InlineData("kept:*")]
    [InlineData("kept:%3F")]
    [InlineData("%C3%A9")]
    [InlineData("é")]
    [InlineData("kept:a%0D%0Ab")]
    [InlineData("%3Cb%3E")]
    [InlineData("kept:%7Ba%7D")]
    [InlineData(":a")]
    [InlineData("kept:")]
    [InlineData("nowhere:a")]
    [InlineData("Kept:a")]
    [InlineData("%23")]
    [InlineData("%231,2")]
    public async Task A_name_that_is_none_is_refused(string segment)
    {
        foreach (var answer in new[] { await _http.FetchAsync($"/v1/channels/{segment}/history"), await _http.RemoveAsync($"/v1/channels/{segment}/history") })
            Assert.Equal("channel", (await answer.ReadProblemAsync(HttpStatusCode.BadRequest, "invalid-request")).Field());
    }

    [Fact]
    public async Task A_name_can_be_too_long()
    {
        var problem = await (await _http.FetchAsync(ApiCalls.HistoryOf("kept:" + new string('x', 251)))).ReadProblemAsync(HttpStatusCode.BadRequest, "invalid-request");
        Assert.Equal("channel is longer than 255 bytes.", problem.GetProperty("detail").GetString());
    }

    [Theory]
    [InlineData("limit", "limit=41")]
    [InlineData("limit", "limit=-1")]
    [InlineData("limit", "limit=ten")]
    [InlineData("reverse", "reverse=yes")]
    [InlineData("sinceOffset", "sinceOffset=-1&epoch=e")]
    [InlineData("sinceOffset", "epoch=e")]
    [InlineData("epoch", "sinceOffset=1")]
    public async Task The_parameter_at_fault_is_named(string field, string query)
    {
        var problem = await (await _http.FetchAsync($"/v1/channels/kept:a/history?{query}")).ReadProblemAsync(HttpStatusCode.BadRequest, "invalid-request");
        Assert.Equal(field, problem.Field());
        Assert.StartsWith(field + " ", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_no_history_is_kept_there_is_none_to_read() =>
        await (await _http.FetchAsync("/v1/channels/news:a/history")).ReadProblemAsync(HttpStatusCode.Conflict, "history-not-kept");

    // As it stands: other clients change addresses before they send them.
    private async Task<string> SendAsync(string method, string target)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(shared.Node.Address.Host, shared.Node.Address.Port, TestContext.Current.CancellationToken);
        await socket.GetStream().WriteAsync(
            Encoding.ASCII.GetBytes($"{method} {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"), TestContext.Current.CancellationToken);
        using var reader = new StreamReader(socket.GetStream(), Encoding.UTF8);
        return await reader.ReadToEndAsync(TestContext.Current.CancellationToken);
    }
}
