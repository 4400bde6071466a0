using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace PushGateway.IntegrationTests.Api;

/// <summary>Calls to the API as the tests make them.</summary>
internal static class ApiCalls
{
    public const string Notifications = "/v1/notifications";

    /// <summary>Posts a notification as it stands.</summary>
    public static Task<HttpResponseMessage> PostNotificationAsync(this HttpClient http, string json) => http.PostNotificationAsync(Encoding.UTF8.GetBytes(json));

    /// <inheritdoc cref="PostNotificationAsync(HttpClient, string)"/>
    public static async Task<HttpResponseMessage> PostNotificationAsync(this HttpClient http, byte[] json)
    {
        using var body = new ByteArrayContent(json);
        body.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        return await http.PostAsync(new Uri(Notifications, UriKind.Relative), body, TestContext.Current.CancellationToken);
    }

    /// <summary>Posts a notification with an <c>Idempotency-Key</c>, or with several.</summary>
    public static async Task<HttpResponseMessage> PostNotificationAsync(this HttpClient http, string json, params string[] keys)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Notifications) { Content = new StringContent(json, new MediaTypeHeaderValue("application/json")) };
        foreach (var key in keys)
            Assert.True(request.Headers.TryAddWithoutValidation("Idempotency-Key", key));
        return await http.SendAsync(request, TestContext.Current.CancellationToken);
    }

    /// <summary>Posts a batch as it stands, with an <c>Idempotency-Key</c> that has no place there, or without.</summary>
    public static async Task<HttpResponseMessage> PostBatchAsync(this HttpClient http, string lines, string? key = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Notifications + ":batch") { Content = new StringContent(lines, new MediaTypeHeaderValue("application/x-ndjson")) };
        if (key is not null)
            request.Headers.Add("Idempotency-Key", key);
        return await http.SendAsync(request, TestContext.Current.CancellationToken);
    }

    /// <summary>The answers to a batch, after it was found to have been taken.</summary>
    public static async Task<JsonElement[]> ReadLinesAsync(this HttpResponseMessage answer)
    {
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(answer.StatusCode == HttpStatusCode.OK, text);
        Assert.Equal("application/x-ndjson; charset=utf-8", answer.Content.Headers.ContentType?.ToString());
        return [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonElement.Parse(line))];
    }

    /// <summary>The address of a channel's history.</summary>
    public static string HistoryOf(string channel, string query = "") => $"/v1/channels/{Uri.EscapeDataString(channel)}/history{query}";

    public static async Task<JsonElement> FetchHistoryAsync(this HttpClient http, string channel, string query = "") =>
        await (await http.FetchAsync(HistoryOf(channel, query))).ReadAsync();

    /// <summary>The address of who is in a channel.</summary>
    /// <param name="channel">The channel.</param>
    /// <param name="rest">What comes behind it, such as <c>/stats</c> or a query.</param>
    public static string PresenceOf(string channel, string rest = "") => $"/v1/channels/{Uri.EscapeDataString(channel)}/presence{rest}";

    /// <summary>Posts JSON as it stands.</summary>
    public static async Task<HttpResponseMessage> PostJsonAsync(this HttpClient http, string path, string json)
    {
        using var body = new StringContent(json, new MediaTypeHeaderValue("application/json"));
        return await http.PostAsync(new Uri(path, UriKind.Relative), body, TestContext.Current.CancellationToken);
    }

    public static Task<HttpResponseMessage> RemoveAsync(this HttpClient http, string path) =>
        http.DeleteAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken);

    public static Task<HttpResponseMessage> FetchAsync(this HttpClient http, string path) =>
        http.GetAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken);

    /// <summary>The body, after the status was found to be the expected one.</summary>
    public static async Task<JsonElement> ReadAsync(this HttpResponseMessage answer, HttpStatusCode status = HttpStatusCode.OK)
    {
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(status == answer.StatusCode, $"{(int)answer.StatusCode} in place of {(int)status}: {text}");
        return JsonElement.Parse(text);
    }

    /// <summary>The body as it stands, after the request was found to have succeeded.</summary>
    public static async Task<string> TextAsync(this Task<HttpResponseMessage> answer) => (await (await answer).ReadAsync()).GetRawText();

    /// <summary>The body as a problem, after all that holds for every problem was found to hold.</summary>
    public static async Task<JsonElement> ReadProblemAsync(this HttpResponseMessage answer, HttpStatusCode status, string type)
    {
        var problem = await answer.ReadAsync(status);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        Assert.Equal("no-store", answer.Headers.CacheControl?.ToString());
        Assert.Equal("urn:pushgateway:problem:" + type, problem.GetProperty("type").GetString());
        Assert.Equal((int)status, problem.GetProperty("status").GetInt32());
        Assert.NotEmpty(problem.GetProperty("title").GetString()!);
        return problem;
    }

    /// <summary>The only field that a problem names; empty when it names none.</summary>
    public static string Field(this JsonElement problem) => problem.TryGetProperty("errors", out var errors) ? Assert.Single(errors.EnumerateObject()).Name : "";
}
