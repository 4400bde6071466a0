namespace PushGateway.Security.Tokens;

/// <summary>What is wrong with a token, as far as its sender is told.</summary>
internal enum TokenDefect
{
    None,

    /// <summary>It was good once: the client is to get a new one.</summary>
    Expired,

    /// <summary>It never was good, or is revoked, or no tokens are taken here.</summary>
    Invalid,

    /// <summary>The keys cannot be fetched at this moment: the client is to try again.</summary>
    Unavailable,
}
