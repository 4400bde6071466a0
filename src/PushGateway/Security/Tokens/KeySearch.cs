namespace PushGateway.Security.Tokens;

/// <summary>What came of looking for the key of a token.</summary>
/// <param name="Key">The key; null when there is none.</param>
/// <param name="Defect">What the token's sender is told then.</param>
/// <param name="Why">What the operator is told then.</param>
internal readonly record struct KeySearch(TokenKey? Key, TokenDefect Defect = TokenDefect.None, string? Why = null)
{
    public static KeySearch None(string why) => new(null, TokenDefect.Invalid, why);
}
