using PushGateway.Brokers;
using PushGateway.Channels;

namespace PushGateway.Tests.Brokers;

/// <summary>The far end of a broker: keeps what it is asked, answers as told, and delivers nothing by itself.</summary>
internal sealed class RecordingBroker : IBroker
{
    private readonly Lock _gate = new();
    private readonly List<string> _calls = [];
    private readonly List<(string Channel, Publication Publication)> _published = [];

    /// <summary>Answers a subscribe. Default: at once and well.</summary>
    public Func<string, ValueTask> OnSubscribe { get; set; } = _ => ValueTask.CompletedTask;

    /// <summary>Answers an unsubscribe. Default: at once and well.</summary>
    public Func<string, ValueTask> OnUnsubscribe { get; set; } = _ => ValueTask.CompletedTask;

    /// <summary>Answers a publish. Default: at once, without history.</summary>
    public Func<string, ValueTask<StreamPosition?>> OnPublish { get; set; } = _ => new ValueTask<StreamPosition?>(result: null);

    /// <summary>Subscribes as <c>+channel</c> and unsubscribes as <c>-channel</c>, in their order.</summary>
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

    public ValueTask StartAsync(IPublicationListener listener, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public ValueTask<StreamPosition?> PublishAsync(string channel, Publication publication, CancellationToken cancellationToken)
    {
        lock (_gate)
            _published.Add((channel, publication with { Data = publication.Data.ToArray() }));
        return OnPublish(channel);
    }

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
}
