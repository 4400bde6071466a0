namespace PushGateway.Security;

/// <summary>What a key of the API may be used for.</summary>
[Flags]
internal enum ApiScopes
{
    None = 0,

    /// <summary>Posting notifications.</summary>
    Publish = 1,

    /// <summary>Everything that changes nothing.</summary>
    Read = 2,

    /// <summary>Orders to connections, and removing what is kept.</summary>
    Admin = 4,

    All = Publish | Read | Admin,
}
