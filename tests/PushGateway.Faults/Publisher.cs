using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace PushGateway.Faults;

/// <summary>Publishes numbered notifications to each channel, one after the other, to the nodes by turns, and tells the accountant how each ended.</summary>
public sealed class Publisher : IDisposable
{
    // Long enough not to hammer a cluster that is down, short enough to notice at once that it is back.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private readonly TrialOptions _options;
    private readonly IReadOnlyList<string> _channels;
    private readonly Accountant _accountant;
    private readonly HttpClient _http;
    private readonly string _padding;
    private int _turn;

    /// <param name="options">Where to, how fast and how often.</param>
    /// <param name="channels">The channels.</param>
    /// <param name="accountant">Is told.</param>
    public Publisher(TrialOptions options, IReadOnlyList<string> channels, Accountant accountant)
    {
        (_options, _channels, _accountant) = (options, channels, accountant);
        _padding = new string('.', options.Padding);
        _http = new HttpClient { Timeout = options.AttemptTimeout };
        if (options.Key is not null)
            _http.DefaultRequestHeaders.Add("X-API-Key", options.Key);
    }

    /// <summary>Publishes until it is stopped; what was begun then is brought to its end.</summary>
    public Task RunAsync(CancellationToken stop) => Task.WhenAll(_channels.Select((_, channel) => RunAsync(channel, stop)));

    /// <inheritdoc />
    public void Dispose() => _http.Dispose();

    private async Task RunAsync(int channel, CancellationToken stop)
    {
        var interval = TimeSpan.FromSeconds(_channels.Count / _options.Rate);
        try
        {
            await Task.Delay(interval * channel / _channels.Count, _options.Time, stop); // Else all channels would post at the same moment.
            using var pace = new PeriodicTimer(interval, _options.Time);
            do
                await PublishAsync(channel, stop);
            while (await pace.WaitForNextTickAsync(stop));
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // As told.
        }
    }

    private async Task PublishAsync(int channel, CancellationToken stop)
    {
        var number = _accountant.Begin(channel);
        var key = _options.Retries ? $"{_channels[channel]}/{number}" : null;
        var body = JsonSerializer.Serialize(new { channel = _channels[channel], data = new { n = number, padding = _padding } });
        var begun = _options.Time.GetTimestamp();

        var answer = await PostAsync(body, key);
        while (_options.Retries && answer.Outcome is Outcome.Unanswered && _options.Time.GetElapsedTime(begun) < GiveUpAfter(stop))
        {
            await Task.Delay(Pause, _options.Time, CancellationToken.None);
            answer = await PostAsync(body, key);
        }

        _accountant.Settle(channel, answer);
    }

    // Whoever stops the publisher waits for it, but not for a cluster that stays away.
    private TimeSpan GiveUpAfter(CancellationToken stop) => stop.IsCancellationRequested && _options.Patience < _options.GiveUpAfter ? _options.Patience : _options.GiveUpAfter;

    private async Task<Answer> PostAsync(string body, string? key)
    {
        var node = _options.Nodes[(int)((uint)Interlocked.Increment(ref _turn) % _options.Nodes.Count)];
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(node, "v1/notifications"));
        request.Content = new StringContent(body, Encoding.UTF8, new MediaTypeHeaderValue("application/json"));
        if (key is not null)
            request.Headers.Add("Idempotency-Key", key);
        try
        {
            using var response = await _http.SendAsync(request);
            return Read(response.StatusCode, await response.Content.ReadAsStringAsync());
        }
        catch (HttpRequestException e)
        {
            // With retries, a node that refuses the connection is passed over for the next one; without, it is certain that nothing was sent.
            var notSent = e.HttpRequestError is HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError;
            return new Answer(notSent && key is null ? Outcome.Refused : Outcome.Unanswered, Detail: e.Message);
        }
        // A connection that is reset in the moment in which it is made reaches us as the bare exception of its socket.
        catch (Exception e) when (e is OperationCanceledException or IOException or SocketException or JsonException or InvalidOperationException or KeyNotFoundException)
        {
            return new Answer(Outcome.Unanswered, Detail: e.Message);
        }
    }

    private static Answer Read(HttpStatusCode status, string text)
    {
        if (status is not HttpStatusCode.OK)
            return new Answer(IsFinal(status) ? Outcome.Refused : Outcome.Unanswered, Detail: $"{(int)status} {text}");

        using var document = JsonDocument.Parse(text);
        var result = document.RootElement.GetProperty("results")[0];
        if (result.TryGetProperty("error", out var error))
            return new Answer(Outcome.Unanswered, Detail: error.ToString());
        return new Answer(Outcome.Acknowledged, result.TryGetProperty("epoch", out var epoch) ? epoch.GetString() : null);
    }

    private static bool IsFinal(HttpStatusCode status) =>
        (int)status is >= 400 and < 500 && status is not (HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests);
}
