using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;

namespace PushGateway.IntegrationTests.Infrastructure;

/// <summary>
/// A client that behaves, and a back end that goes on posting numbered notifications to it. Every one must arrive, in order and once, whatever
/// others do meanwhile.
/// </summary>
internal sealed class SteadyReader : IAsyncDisposable
{
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(1);

    private readonly GatewayNode _node;
    private readonly RawClient _client;
    private readonly string _channel;
    private readonly Dictionary<string, int> _next = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<long> _postedAt = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _posting, _reading;
    private volatile int _posted, _received, _received2;

    private SteadyReader(GatewayNode node, RawClient client, string channel, string? second)
    {
        (_node, _client, _channel, Second) = (node, client, channel, second);
        _posting = Task.Run(PostAsync, TestContext.Current.CancellationToken);
        _reading = Task.Run(ReadAsync, TestContext.Current.CancellationToken);
    }

    /// <summary>A channel that the test itself posts to, with data such as <c>[0,…]</c>, <c>[1,…]</c>: these must all arrive as well.</summary>
    public string? Second { get; }

    /// <summary>How many came.</summary>
    public int Received => _received;

    /// <summary>The longest that one was on its way, from before it was posted.</summary>
    public TimeSpan Worst { get; private set; }

    /// <summary>How many came from the second channel.</summary>
    public int ReceivedFromSecond => _received2;

    public static async Task<SteadyReader> StartAsync(GatewayNode node, string channel, string? second = null)
    {
        var client = await RawClient.ConnectAsync(node, null, second is null ? [channel] : [channel, second]);
        return new SteadyReader(node, client, channel, second);
    }

    /// <summary>Waits until more notifications have come.</summary>
    public Task ProgressAsync(int notifications = 50)
    {
        var goal = _received + notifications;
        return Eventually.EqualAsync(true, () => _reading.IsFaulted ? throw _reading.Exception : _received >= goal);
    }

    /// <summary>Ends the posting and sees the last notification arrive.</summary>
    public async Task FinishAsync()
    {
        await _stop.CancelAsync();
        await _posting;
        await Eventually.EqualAsync(_posted, () => _reading.IsFaulted ? throw _reading.Exception : _received);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _posting;
        await _client.DisposeAsync();
        await Task.WhenAny(_reading);
        _stop.Dispose();
    }

    private async Task PostAsync()
    {
        using var pace = new PeriodicTimer(Pace);
        while (!_stop.IsCancellationRequested)
        {
            _postedAt.Enqueue(Stopwatch.GetTimestamp());
            await _node.PostAsync(_channel, $"[{_posted}]");
            _posted++;
            await pace.WaitForNextTickAsync(TestContext.Current.CancellationToken);
        }
    }

    private async Task ReadAsync()
    {
        while (true)
        {
            var text = await _client.ReadAsync();
            if (text == "{}")
            {
                await _client.SendAsync("{}");
                continue;
            }

            var channel = text.StartsWith(Prefix(_channel), StringComparison.Ordinal) ? _channel : Second ?? _channel;
            var prefix = Prefix(channel);
            Assert.StartsWith(prefix, text, StringComparison.Ordinal);
            var number = text.AsSpan(prefix.Length)[..text.AsSpan(prefix.Length).IndexOfAny(",]")];
            var expected = _next.GetValueOrDefault(channel);
            Assert.Equal(expected, int.Parse(number, CultureInfo.InvariantCulture));
            _next[channel] = expected + 1;
            if (channel != _channel)
            {
                _received2++;
                continue;
            }

            if (_postedAt.TryDequeue(out var postedAt) && Stopwatch.GetElapsedTime(postedAt) is var took && took > Worst)
                Worst = took;
            _received++;
        }
    }

    private static string Prefix(string channel) => $$$"""{"push":{"channel":"{{{channel}}}","pub":{"data":[""";
}
