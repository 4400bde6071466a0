using System.Collections.Concurrent;
using System.Text;
using PushGateway.Brokers;
using PushGateway.Channels;

namespace PushGateway.IntegrationTests.Contracts;

/// <summary>Keeps what a broker delivered, in its order.</summary>
internal sealed class Inbox : IPublicationListener
{
    private readonly ConcurrentDictionary<string, ConcurrentQueue<Publication>> _channels = new(StringComparer.Ordinal);
    private int _count, _interruptions, _resubscriptions;

    /// <summary>Called first, to throw for instance.</summary>
    public Action<string>? OnDelivery { get; set; }

    public int Count => Volatile.Read(ref _count);

    public Publication[] Of(string channel) => _channels.TryGetValue(channel, out var publications) ? [.. publications] : [];

    public string[] TextsOf(string channel) => [.. Of(channel).Select(publication => Encoding.UTF8.GetString(publication.Data.Span))];

    public int CountOf(string channel) => _channels.TryGetValue(channel, out var publications) ? publications.Count : 0;

    /// <summary>How often the broker said that it had lost its back end.</summary>
    public int Interruptions => Volatile.Read(ref _interruptions);

    /// <summary>How often it said that it was subscribed again.</summary>
    public int Resubscriptions => Volatile.Read(ref _resubscriptions);

    public void Interrupted() => Interlocked.Increment(ref _interruptions);

    public void Resubscribed() => Interlocked.Increment(ref _resubscriptions);

    public void Deliver(string channel, params ReadOnlySpan<Publication> publications)
    {
        Assert.NotEqual(0, publications.Length);
        foreach (var publication in publications)
        {
            OnDelivery?.Invoke(channel);
            _channels.GetOrAdd(channel, static _ => []).Enqueue(publication with { Data = publication.Data.ToArray() });
            Interlocked.Increment(ref _count);
        }
    }
}
