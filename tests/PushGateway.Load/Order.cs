namespace PushGateway.Load;

/// <summary>What one subscriber has seen of a channel whose publications have the places 1, 2, 3, …</summary>
internal struct Order
{
    private uint _last;
    private List<(uint First, uint Last)>? _holes; // Null while there is none, as it should be.

    /// <summary>Forgets what was, and goes on behind a place.</summary>
    public void Begin(uint last) => (_last, _holes) = (last, null);

    /// <summary>Takes the next publication that came.</summary>
    public Arrival Take(uint place)
    {
        if (place == _last + 1)
        {
            _last = place;
            return Arrival.InOrder;
        }

        if (place > _last)
        {
            (_holes ??= []).Add((_last + 1, place - 1));
            _last = place;
            return Arrival.InOrder; // Of those in the hole it will be said when they come, if they do.
        }

        return TryFill(place) ? Arrival.OutOfOrder : Arrival.Again;
    }

    private readonly bool TryFill(uint place)
    {
        for (var i = 0; i < (_holes?.Count ?? 0); i++)
        {
            var (first, last) = _holes![i];
            if (place < first || place > last)
                continue;

            _holes.RemoveAt(i);
            if (place < last)
                _holes.Insert(i, (place + 1, last));
            if (place > first)
                _holes.Insert(i, (first, place - 1));
            return true;
        }

        return false;
    }
}

/// <summary>How a publication came.</summary>
internal enum Arrival
{
    InOrder,

    /// <summary>Behind one that was published after it.</summary>
    OutOfOrder,

    /// <summary>It was there before, or before anybody counted.</summary>
    Again,
}
