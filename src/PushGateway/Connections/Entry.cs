namespace PushGateway.Connections;

/// <summary>Whether a client may come in.</summary>
internal enum Entry
{
    /// <summary>Yes; it is counted until it leaves.</summary>
    Open,

    /// <summary>The node is leaving.</summary>
    Closed,

    /// <summary>The node has as many clients as it takes.</summary>
    Full,

    /// <summary>Too many come at once.</summary>
    Crowded,
}
