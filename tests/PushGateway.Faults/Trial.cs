using System.Text;

namespace PushGateway.Faults;

/// <summary>Publishes to a cluster and keeps account of what arrives, while somebody else breaks it.</summary>
public sealed class Trial : IAsyncDisposable
{
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(50);

    // Something seen twice comes at once behind the first time, or with the next reconnect.
    private static readonly TimeSpan Aftermath = TimeSpan.FromMilliseconds(200);

    private readonly TrialOptions _options;
    private readonly Accountant _accountant;
    private readonly Publisher _publisher;
    private readonly List<Subscriber> _subscribers = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly string[] _channels;
    private Task _publishing = Task.CompletedTask;

    private Trial(TrialOptions options)
    {
        _options = options;
        var prefix = options.Namespace is null ? "" : options.Namespace + ":";
        var run = Guid.NewGuid().ToString("N")[..8]; // Channels of an earlier run may still have a history.
        _channels = [.. Enumerable.Range(0, options.Channels).Select(channel => $"{prefix}account-{run}-{channel}")];
        _accountant = new Accountant(_channels, options.Subscribers);
        _publisher = new Publisher(options, _channels, _accountant);
    }

    /// <summary>The subscribers.</summary>
    public IReadOnlyList<Subscriber> Subscribers => _subscribers;

    /// <summary>The channels.</summary>
    public IReadOnlyList<string> Channels => _channels;

    /// <summary>The account so far.</summary>
    public Account Account => _accountant.Draw();

    /// <summary>Subscribes, and then begins to publish.</summary>
    /// <exception cref="InvalidOperationException">A subscriber cannot run, or is refused; the message says why.</exception>
    public static async Task<Trial> StartAsync(TrialOptions options, CancellationToken cancellationToken)
    {
        var trial = new Trial(options);
        try
        {
            for (var number = 0; number < options.Subscribers; number++)
                trial._subscribers.Add(Subscriber.Start(number, options, trial._channels, trial._accountant));
            await Task.WhenAll(trial._subscribers.Select(subscriber => subscriber.Ready)).WaitAsync(cancellationToken);
            trial._publishing = trial._publisher.RunAsync(trial._stop.Token);
            return trial;
        }
        catch
        {
            await trial.DisposeAsync();
            throw;
        }
    }

    /// <summary>Waits until so many notifications more were acknowledged.</summary>
    public async Task PublishAsync(int notifications, CancellationToken cancellationToken)
    {
        var goal = Account.Total.Acknowledged + notifications;
        while (Account.Total.Acknowledged < goal)
            await Task.Delay(Glance, _options.Time, cancellationToken);
    }

    /// <summary>Waits until so many notifications more were acknowledged, and subscribers have seen all but those on their way.</summary>
    public async Task AdvanceAsync(int notifications, CancellationToken cancellationToken)
    {
        await PublishAsync(notifications, cancellationToken);
        while (Account.Total.Behind > _options.Channels * _options.Subscribers)
            await Task.Delay(Glance, _options.Time, cancellationToken);
    }

    /// <summary>Stops publishing, lets subscribers see what is left, and draws the final account.</summary>
    public async Task<Account> FinishAsync(CancellationToken cancellationToken)
    {
        await _stop.CancelAsync();
        await _publishing.WaitAsync(cancellationToken);
        var (seen, since) = (-1L, _options.Time.GetTimestamp());
        while (Account.Total is { Behind: > 0 } total && _options.Time.GetElapsedTime(since) < _options.Patience)
        {
            if (total.Seen != seen)
                (seen, since) = (total.Seen, _options.Time.GetTimestamp());
            await Task.Delay(Glance, _options.Time, cancellationToken);
        }

        await Task.Delay(Aftermath, _options.Time, cancellationToken);
        return Account;
    }

    /// <summary>What happened to the subscribers, a line for each.</summary>
    public string Describe()
    {
        var text = new StringBuilder();
        for (var number = 0; number < _subscribers.Count; number++)
        {
            var events = _subscribers[number].Events;
            var losses = string.Join(", ", events.Losses.OrderBy(loss => loss.Key, StringComparer.Ordinal).Select(loss => $"{loss.Key} × {loss.Value}"));
            text.Append($"subscriber {number}: connected {events.Connections} times; {(losses.Length > 0 ? losses : "lost nothing")}");
            text.Append(events.WhyGone is { } why ? $"; gone: {why}\n" : "\n");
        }

        return text.ToString();
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        foreach (var subscriber in _subscribers)
            await subscriber.DisposeAsync();
        await _publishing;
        _publisher.Dispose();
        _stop.Dispose();
    }
}
