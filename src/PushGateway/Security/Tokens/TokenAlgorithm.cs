using System.Diagnostics.CodeAnalysis;
using Microsoft.IdentityModel.Tokens;

namespace PushGateway.Security.Tokens;

/// <summary>The algorithms by which tokens may be signed (RFC 7518, section 3.1), and the keys that each is for. There are no others: not <c>none</c>, nor any whose safety is in doubt or whose keys cannot be set here.</summary>
/// <param name="Name">As in a token's <c>alg</c>.</param>
/// <param name="Curve">The curve of the key, as JSON Web Keys name it; null where the key has none.</param>
/// <param name="MinSecretBytes">The shortest secret: that of the hash (RFC 7518, section 3.2). 0 where the key is no secret.</param>
internal sealed record TokenAlgorithm(string Name, string? Curve = null, int MinSecretBytes = 0)
{
    private static readonly TokenAlgorithm[] All =
    [
        new(SecurityAlgorithms.HmacSha256, MinSecretBytes: 32),
        new(SecurityAlgorithms.HmacSha384, MinSecretBytes: 48),
        new(SecurityAlgorithms.HmacSha512, MinSecretBytes: 64),
        new(SecurityAlgorithms.RsaSha256),
        new(SecurityAlgorithms.RsaSha384),
        new(SecurityAlgorithms.RsaSha512),
        new(SecurityAlgorithms.EcdsaSha256, JsonWebKeyECTypes.P256),
        new(SecurityAlgorithms.EcdsaSha384, JsonWebKeyECTypes.P384),
        new(SecurityAlgorithms.EcdsaSha512, JsonWebKeyECTypes.P521),
    ];

    /// <summary>Whether it is signed by a secret that both sides have.</summary>
    public bool IsHmac => MinSecretBytes > 0;

    /// <summary>Whether it is signed by an RSA key.</summary>
    public bool IsRsa => !IsHmac && Curve is null;

    /// <summary>Those that a secret of this length is good for; none when it is too short for all.</summary>
    public static IEnumerable<TokenAlgorithm> ForSecret(int bytes) => All.Where(algorithm => algorithm.IsHmac && bytes >= algorithm.MinSecretBytes);

    /// <summary>Those of RSA.</summary>
    public static IEnumerable<TokenAlgorithm> ForRsa() => All.Where(algorithm => algorithm.IsRsa);

    /// <summary>That of a curve, or none.</summary>
    public static IEnumerable<TokenAlgorithm> ForCurve(string? curve) => All.Where(algorithm => algorithm.Curve is not null && algorithm.Curve == curve);

    /// <summary>Finds it by its exact name.</summary>
    public static bool TryFind(string? name, [NotNullWhen(true)] out TokenAlgorithm? algorithm)
    {
        algorithm = null;
        foreach (var one in All)
            if (one.Name == name)
                algorithm = one;
        return algorithm is not null;
    }

    /// <inheritdoc/>
    public override string ToString() => Name;
}
