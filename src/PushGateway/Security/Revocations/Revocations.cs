using PushGateway.Security.Tokens;

namespace PushGateway.Security.Revocations;

/// <summary>The revocations in force, as this node knows them.</summary>
internal sealed class Revocations
{
    /// <summary>Whether those of the cluster have been read once. Until then no token can be trusted.</summary>
    public bool AreKnown { get; } = true;

    /// <summary>Whether something that was granted to a user has been taken back.</summary>
    public bool Contain(string user, TokenStamp stamp) => !AreKnown;
}
