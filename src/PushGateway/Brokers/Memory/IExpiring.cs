namespace PushGateway.Brokers.Memory;

/// <summary>What is kept for a time.</summary>
internal interface IExpiring
{
    /// <summary>When something of it, or all, is over: in Unix ms. May move in either direction.</summary>
    long DueAt { get; }

    /// <summary>Drops what is over; true if nothing is left.</summary>
    bool Expire(long now);
}
