namespace PushGateway.Security;

/// <summary>What is wrong with a request to the API that is refused.</summary>
internal enum RefusalKind
{
    NoKey,
    UnknownKey,

    /// <summary>No key is set, and the caller is on another machine.</summary>
    NotThisMachine,

    /// <summary>No key is set, and the request is addressed to a name that is not this machine's.</summary>
    ForeignHost,

    /// <summary>No key is set, and a page of elsewhere asks.</summary>
    ForeignOrigin,

    Scope,
    Namespace,
}
