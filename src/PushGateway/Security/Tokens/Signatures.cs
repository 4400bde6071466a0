using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace PushGateway.Security.Tokens;

/// <summary>Has a token judged by the library: whether it is signed by a key, with the algorithm that it says and that the key is for, and whether it is from whom and for whom it should be.</summary>
internal sealed class Signatures(TokenOptions options)
{
    private readonly JsonWebTokenHandler _library = new() { MaximumTokenSizeInBytes = options.MaxBytes };

    /// <summary>What is said of a token of which the library cannot say more.</summary>
    public const string Unreadable = "It is none that can be read.";

    /// <summary>Null when it is; otherwise why not, as a sentence without any part of the token.</summary>
    /// <param name="text">The token.</param>
    /// <param name="token">What was found in it.</param>
    /// <param name="key">The one key that it may be signed by.</param>
    public async ValueTask<string?> WhatIsWrongAsync(string text, SignedToken token, TokenKey key)
    {
        var rules = new TokenValidationParameters
        {
            // This key and no other, whatever the token says of keys.
            IssuerSigningKeyResolver = (_, _, _, _) => [key.Key],
            ValidAlgorithms = [token.Algorithm.Name],
            RequireSignedTokens = true,
            ValidateIssuer = options.Issuer is not null,
            ValidIssuer = options.Issuer,
            ValidateAudience = options.Audience is not null,
            ValidAudience = options.Audience,
            IgnoreTrailingSlashWhenValidatingAudience = false,

            // By our clock, which tests can turn, and with the longest lifetime: see ClientTokens.
            ValidateLifetime = false,
            RequireExpirationTime = false,
        };
        var result = await _library.ValidateTokenAsync(text, rules);
        return result.IsValid ? null : result.Exception switch
        {
            SecurityTokenInvalidIssuerException => "Its iss is not the Issuer of the settings.",
            SecurityTokenInvalidAudienceException => "Its aud is not the Audience of the settings.",
            SecurityTokenInvalidSignatureException => $"Its signature is not by {NameOf(token, key)} with {token.Algorithm}.",
            _ => Unreadable,
        };
    }

    private static string NameOf(SignedToken token, TokenKey key) =>
        key.Id is { } id ? $"key {SignedToken.Quoted(id)}" : token.Algorithm.IsHmac ? "HmacSecret" : "the only key";
}
