using System.Text;
using PushGateway.Channels;
using PushGateway.Tests.Brokers;

namespace PushGateway.Tests.Fanout;

/// <summary>The history of one channel in a <see cref="RecordingBroker"/>, to be lost, cut and set back as a test wants it.</summary>
internal sealed class ScriptedHistory
{
    private readonly TestNode _node;
    private readonly string _channel;
    private readonly Lock _gate = new();
    private readonly List<Publication> _entries = [];
    private int _reads;

    public ScriptedHistory(TestNode node, string channel)
    {
        (_node, _channel) = (node, channel);
        node.Broker.OnReadHistory = (_, query) => Read(query);
        node.Broker.OnGetPosition = _ => Top;
        node.Broker.OnRenewEpoch = (_, epoch) => Epoch = Epoch == epoch ? epoch + "'" : Epoch;
    }

    public string Epoch { get; private set; } = "e";

    public int Reads => Volatile.Read(ref _reads);

    /// <summary>What is published with an offset. The offset itself, unless a test wants to tell one 7 from another.</summary>
    public Func<ulong, string> Payload { get; set; } = offset => offset.ToString(System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>The entries that are kept, by offset.</summary>
    public Dictionary<ulong, string> Entries
    {
        get
        {
            lock (_gate)
                return _entries.ToDictionary(entry => entry.Offset, entry => Encoding.ASCII.GetString(entry.Data.Span));
        }
    }

    /// <summary>Called before each read.</summary>
    public Func<Task> OnRead { get; set; } = () => Task.CompletedTask;

    public StreamPosition Top
    {
        get
        {
            lock (_gate)
                return new StreamPosition(_entries.Count == 0 ? 0 : _entries[^1].Offset, Epoch);
        }
    }

    /// <summary>Appends publications whose payload is their offset, without sending them.</summary>
    public Publication[] Append(int count = 1, long? time = null, DateTimeOffset? expiresAt = null)
    {
        lock (_gate)
        {
            for (var i = 0; i < count; i++)
            {
                var offset = Top.Offset + 1;
                _entries.Add(new Publication(Encoding.ASCII.GetBytes(Payload(offset)), Offset: offset) { Epoch = Epoch, Time = time ?? 1000 + (long)offset, ExpiresAt = expiresAt });
            }

            return [.. _entries.TakeLast(count)];
        }
    }

    /// <summary>Appends and sends.</summary>
    public void Publish(int count = 1)
    {
        foreach (var publication in Append(count))
            Send(publication);
    }

    public void Send(Publication publication) => _node.Hub.Deliver(_channel, publication with { Epoch = new string(publication.Epoch) });

    /// <summary>Drops all but the newest.</summary>
    public void Trim(int keep)
    {
        lock (_gate)
            _entries.RemoveRange(0, _entries.Count - keep);
    }

    /// <summary>Loses the newest, as a back end that fails may.</summary>
    public void SetBack(int lost)
    {
        lock (_gate)
            _entries.RemoveRange(_entries.Count - lost, lost);
    }

    /// <summary>Loses everything.</summary>
    public void Lose(string epoch)
    {
        lock (_gate)
        {
            _entries.Clear();
            Epoch = epoch;
        }
    }

    private async ValueTask<HistoryPage> Read(HistoryQuery query)
    {
        Interlocked.Increment(ref _reads);
        await OnRead();
        lock (_gate)
        {
            var top = Top;
            var topTime = _entries.Count > 0 ? _entries[^1].Time : 0;
            if (query.Reverse)
                return new HistoryPage(top, [.. _entries.AsEnumerable().Reverse().Take(query.Limit)], 0, IsContinuous: true) { TopTime = topTime };

            if (query.Since is not { } since)
                return new HistoryPage(top, [], 0, IsContinuous: false) { TopTime = topTime };

            var there = _entries.Find(entry => entry.Offset == since.Offset);
            var fits = (since.Epoch.Length == 0 || since.Epoch == Epoch)
                && since.Offset <= top.Offset
                && (since.Offset == top.Offset || _entries[0].Offset <= since.Offset + 1)
                && (query.SinceTime == 0 || there is null || there.Time == query.SinceTime);
            var page = fits ? _entries.Where(entry => entry.Offset > since.Offset).Take(query.Limit).ToArray() : [];
            return new HistoryPage(top, page, page.Length > 0 ? page[^1].Offset : since.Offset, fits) { TopTime = topTime };
        }
    }
}
