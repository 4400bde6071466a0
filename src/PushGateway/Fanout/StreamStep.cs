namespace PushGateway.Fanout;

/// <summary>What the node does with a publication that came live.</summary>
internal enum StreamStep
{
    /// <summary>It is the next.</summary>
    Deliver,

    /// <summary>It was delivered before, or will be from the history.</summary>
    Drop,

    /// <summary>It does not follow on what was delivered: the history must be read.</summary>
    Mend,
}
