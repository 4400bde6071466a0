using PushGateway.Security.Tokens;

namespace PushGateway.Security;

/// <summary>What a connection token, or a back end that was asked, says of a client.</summary>
/// <param name="Identity">Who it is.</param>
/// <param name="Stamp">Until when.</param>
internal sealed record ClientGrant(ClientIdentity Identity, TokenStamp Stamp)
{
    /// <summary>Channels that the server subscribes it to, whatever their rules, each with what others may know of the client there, as JSON on one line.</summary>
    public IReadOnlyList<(string Channel, string? Info)> Channels { get; init; } = [];

    /// <summary>What back ends that are asked about the client get to see, and nobody else: JSON on one line, null for nothing.</summary>
    public string? Meta { get; init; }
}
