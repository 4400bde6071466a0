namespace PushGateway.Security.Tokens;

/// <summary>Reads the tokens that clients bring.</summary>
internal sealed class ClientTokens
{
    /// <summary>Whether tokens are taken here at all.</summary>
    public bool IsEnabled { get; }

    /// <summary>Reads a connection token.</summary>
    public ValueTask<TokenReading<ClientGrant>> ReadConnectionAsync(string token, CancellationToken cancellationToken) =>
        new(new TokenReading<ClientGrant>(null, IsEnabled ? TokenDefect.Unavailable : TokenDefect.Invalid, "No tokens are taken."));

    /// <summary>Reads a subscription token. Whether it is for this connection's user and this channel, the caller checks.</summary>
    public ValueTask<TokenReading<SubscriptionGrant>> ReadSubscriptionAsync(string token, CancellationToken cancellationToken) =>
        new(new TokenReading<SubscriptionGrant>(null, IsEnabled ? TokenDefect.Unavailable : TokenDefect.Invalid, "No tokens are taken."));
}
