using PushGateway.Brokers;
using PushGateway.Channels;

namespace PushGateway.Tests.Brokers;

/// <summary>The far end of a broker: keeps what it is asked, answers as told, and delivers nothing by itself.</summary>
internal sealed class RecordingBroker : IBroker
{
    private readonly Lock _gate = new();
    private readonly List<string> _calls = [];
    private readonly List<(string Channel, Publication Publication)> _published = [];
    private readonly List<PublishOptions> _options = [];

    /// <summary>Answers a subscribe. Default: at once and well.</summary>
    public Func<string, ValueTask> OnSubscribe { get; set; } = _ => ValueTask.CompletedTask;

    /// <summary>Answers an unsubscribe. Default: at once and well.</summary>
    public Func<string, ValueTask> OnUnsubscribe { get; set; } = _ => ValueTask.CompletedTask;

    /// <summary>Answers a publish. Default: at once, without history.</summary>
    public Func<string, ValueTask<PublishOutcome>> OnPublish { get; set; } = _ => default;

    /// <summary>Answers a read of a history. Default: an empty one.</summary>
    public Func<string, HistoryQuery, ValueTask<HistoryPage>> OnReadHistory { get; set; } =
        (_, query) => new ValueTask<HistoryPage>(new HistoryPage(new StreamPosition(0, "epoch"), [], query.Since?.Offset ?? 0, IsContinuous: true));

    /// <summary>Called when an epoch is to be renewed.</summary>
    public Action<string, string> OnRenewEpoch { get; set; } = (_, _) => { };

    /// <summary>Answers a question for one position. Default: none.</summary>
    public Func<string, StreamPosition?> OnGetPosition { get; set; } = _ => null;

    /// <summary>Subscribes as <c>+channel</c>, unsubscribes as <c>-channel</c>, removed histories as <c>!channel</c>, renewed epochs as <c>~channel epoch</c>, in their order.</summary>
    public IReadOnlyList<string> Calls
    {
        get
        {
            lock (_gate)
                return [.. _calls];
        }
    }

    public IReadOnlyList<(string Channel, Publication Publication)> Published
    {
        get
        {
            lock (_gate)
                return [.. _published];
        }
    }

    /// <summary>The options of each of <see cref="Published"/>.</summary>
    public IReadOnlyList<PublishOptions> Options
    {
        get
        {
            lock (_gate)
                return [.. _options];
        }
    }

    public string? WhyNotReady { get; set; }

    public ValueTask StartAsync(IPublicationListener listener, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public ValueTask<PublishOutcome> PublishAsync(string channel, Publication publication, PublishOptions options, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            _published.Add((channel, publication with { Data = publication.Data.ToArray() }));
            _options.Add(options);
        }

        return OnPublish(channel);
    }

    public ValueTask<HistoryPage> ReadHistoryAsync(string channel, HistoryQuery query, HistoryLimits limits, CancellationToken cancellationToken) => OnReadHistory(channel, query);

    public ValueTask RemoveHistoryAsync(string channel, CancellationToken cancellationToken) => Record("!" + channel);

    public ValueTask RenewEpochAsync(string channel, string epoch, CancellationToken cancellationToken)
    {
        OnRenewEpoch(channel, epoch);
        return Record($"~{channel} {epoch}");
    }

    public ValueTask<IReadOnlyList<StreamPosition?>> GetPositionsAsync(IReadOnlyList<string> channels, CancellationToken cancellationToken) =>
        new([.. channels.Select(OnGetPosition)]);

    public ValueTask SubscribeAsync(string channel, CancellationToken cancellationToken)
    {
        lock (_gate)
            _calls.Add("+" + channel);
        return OnSubscribe(channel);
    }

    public ValueTask UnsubscribeAsync(string channel)
    {
        lock (_gate)
            _calls.Add("-" + channel);
        return OnUnsubscribe(channel);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private ValueTask Record(string call)
    {
        lock (_gate)
            _calls.Add(call);
        return ValueTask.CompletedTask;
    }
}
