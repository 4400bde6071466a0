namespace PushGateway.Redis.Presence;

/// <summary>How far a membership has come. It never goes back.</summary>
internal enum LedgerState
{
    /// <summary>The client is there.</summary>
    Present,

    /// <summary>The client is gone, but may return.</summary>
    Waiting,

    /// <summary>It is over.</summary>
    Left,
}
