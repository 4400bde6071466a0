namespace PushGateway.Load;

/// <summary>What was published, and what of it came, in what order and how late.</summary>
/// <remarks>
/// Several posts under way at once may be taken in any order, but all subscribers of a channel must see the same: the place of a publication is that at which it was first seen, by
/// anybody. And what was acknowledged before another was posted comes before that.
/// </remarks>
internal sealed class Ledger(int channels)
{
    // Those under way are among the last so many, unless the server stands still for a minute.
    private const int Remembered = 1 << 18;

    private readonly Entry[] _entries = new Entry[Remembered];
    private readonly ChannelEntry[] _channels = new ChannelEntry[channels];
    private uint _next, _first, _awaited;

    /// <summary>From the moment a publication was due to each delivery.</summary>
    public Histogram Latency { get; } = new();

    /// <summary>From the moment a publication was due to its last delivery.</summary>
    public Histogram ToLast { get; } = new();

    /// <summary>From post to answer.</summary>
    public Histogram Response { get; } = new();

    /// <summary>Deliveries since they were last shown.</summary>
    public Histogram Recent { get; } = new();

    public long Published { get; private set; }

    public long Refused { get; private set; }

    /// <summary>How many deliveries there should be: of each publication, one to everybody who was there.</summary>
    public long Expected { get; private set; }

    public long Delivered { get; private set; }

    public long Again { get; private set; }

    public long OutOfOrder { get; private set; }

    public long Lost => Expected - Delivered + Again;

    /// <summary>How many publications have not reached all.</summary>
    public long UnderWay { get; private set; }

    /// <summary>When the last delivery came.</summary>
    public long LastDelivery { get; private set; }

    /// <summary>Begins a new account. What belongs to an old one is no longer counted.</summary>
    public void Begin(IReadOnlyList<Client> clients)
    {
        _first = _awaited = _next;
        (Published, Refused, Expected, Delivered, Again, OutOfOrder, UnderWay, LastDelivery) = (0, 0, 0, 0, 0, 0, 0, Clock.Now);
        foreach (var histogram in (Histogram[])[Latency, ToLast, Response, Recent])
            histogram.Clear();
        foreach (var client in clients)
            client.Order.Begin(_channels[client.Index % channels].Places);
    }

    public void ClientChanged(Client client, bool isReady) => _channels[client.Index % channels].Subscribers += isReady ? 1 : -1;

    /// <summary>Writes down a publication and gives it its marker.</summary>
    public Marker Publish(int channel, long due)
    {
        var number = _next++;
        var subscribers = _channels[channel].Subscribers;
        _entries[number % Remembered] = new Entry { Number = number, Missing = subscribers, Posted = Clock.Now };
        Published++;
        Expected += subscribers;
        if (subscribers > 0)
            UnderWay++;
        return new Marker(due, number, channel);
    }

    public void Answered(uint number, bool taken, long nanoseconds)
    {
        ref var entry = ref _entries[number % Remembered];
        if (number < _first || entry.Number != number)
            return;

        Response.Add(nanoseconds);
        entry.Acknowledged = Clock.Now;
        if (taken)
            return;

        Refused++;
        Expected -= entry.Missing;
        if (entry.Missing > 0)
            Complete(number);
        entry.Missing = 0;
    }

    public void Arrived(Client client, Marker marker, long now)
    {
        ref var entry = ref _entries[marker.Number % Remembered];
        if (marker.Number < _first || marker.Number >= _next || entry.Number != marker.Number || (uint)marker.Channel >= channels)
            return; // Of an account before this one, or of another run.

        LastDelivery = now;
        Delivered++;
        Latency.Add(now - marker.Time);
        Recent.Add(now - marker.Time);
        if (entry.Place == 0)
            SetPlace(ref entry, ref _channels[marker.Channel]);
        switch (client.Order.Take(entry.Place))
        {
            case Arrival.Again:
                Again++;
                return;
            case Arrival.OutOfOrder:
                OutOfOrder++;
                break;
        }

        if (--entry.Missing == 0)
        {
            Complete(marker.Number);
            ToLast.Add(now - marker.Time);
        }
    }

    /// <summary>Gives up what is under way: nothing has come of it for long.</summary>
    public void GiveUp() => (UnderWay, _awaited) = (0, _next);

    private void Complete(uint number)
    {
        if (number >= _awaited)
            UnderWay--;
    }

    private void SetPlace(ref Entry entry, ref ChannelEntry channel)
    {
        entry.Place = ++channel.Places;
        var newest = _entries[channel.Newest % Remembered];
        if (channel.Places == 1 || entry.Number > channel.Newest)
            channel.Newest = entry.Number;
        else if (entry.Acknowledged > 0 && entry.Acknowledged < newest.Posted)
            OutOfOrder++;
    }

    private struct Entry
    {
        public uint Number, Place;
        public int Missing;
        public long Posted, Acknowledged;
    }

    private struct ChannelEntry
    {
        public int Subscribers;
        public uint Places, Newest;
    }
}
