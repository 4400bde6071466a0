using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using Microsoft.IdentityModel.Tokens;
using PushGateway.Security.Tokens;

namespace PushGateway.Server.Commands;

/// <summary>Finds what a token is to be signed by.</summary>
internal static class SigningKey
{
    /// <summary>Takes the file's private key, or the secret of the id, or else the one that is set.</summary>
    /// <param name="options">The settings of tokens.</param>
    /// <param name="kid">The id of the key; null for none.</param>
    /// <param name="alg">The algorithm; null for the first that the key is for.</param>
    /// <param name="file">A private key in PEM; null for a secret of the settings.</param>
    /// <param name="credentials">The key and the algorithm.</param>
    /// <param name="why">When there are none, the reason as a sentence.</param>
    public static bool TryFind(TokenOptions options, string? kid, string? alg, FileInfo? file, [NotNullWhen(true)] out SigningCredentials? credentials, [NotNullWhen(false)] out string? why)
    {
        credentials = null;
        var (key, algorithms, missing) = file is null ? FromSettings(options, kid) : FromFile(file);
        why = missing;
        if (key is null)
            return false;

        if (algorithms.FirstOrDefault(one => alg is null || one.Name == alg) is not { } algorithm)
        {
            why = algorithms.Length == 0
                ? $"No token can be signed by this key: RSA must have {TokenKey.MinRsaBits} bits or more, and curves are P-256, P-384 and P-521."
                : $"This key is not for {SignedToken.Quoted(alg!)}, but for {string.Join(", ", algorithms.AsEnumerable())}.";
            return false;
        }

        key.KeyId ??= kid;
        credentials = new SigningCredentials(key, algorithm.Name);
        return true;
    }

    private static (SecurityKey? Key, TokenAlgorithm[] Algorithms, string Missing) FromSettings(TokenOptions options, string? kid)
    {
        string? secret;
        if (kid is not null)
            secret = options.Keys.TryGetValue(kid, out var named) ? named.Secret : null;
        else if ((secret = options.HmacSecret) is null && options.Keys.Where(key => key.Value.Secret is not null).ToArray() is [var only])
            (kid, secret) = (only.Key, only.Value.Secret);

        if (secret is null)
            return (null, [], kid is null
                ? $"Nothing to sign with: set {TokenOptionsValidator.Section}HmacSecret, name a key by --kid, or give --private-key."
                : $"Nothing to sign with: {TokenOptionsValidator.Section}Keys has no Secret for this --kid. Where it has a PublicKey, give the other half by --private-key.");

        var bytes = Encoding.UTF8.GetBytes(secret);
        return (new SymmetricSecurityKey(bytes) { KeyId = kid }, [.. TokenAlgorithm.ForSecret(bytes.Length)], "");
    }

    private static (SecurityKey? Key, TokenAlgorithm[] Algorithms, string Missing) FromFile(FileInfo file)
    {
        var pem = File.ReadAllText(file.FullName);
        var rsa = RSA.Create();
        var ecdsa = ECDsa.Create();
        if (TryImport(rsa, pem))
            return (new RsaSecurityKey(rsa), rsa.KeySize < TokenKey.MinRsaBits ? [] : [.. TokenAlgorithm.ForRsa()], "");
        if (TryImport(ecdsa, pem))
            return (new ECDsaSecurityKey(ecdsa), [.. TokenAlgorithm.ForCurve($"P-{ecdsa.KeySize}")], "");
        return (null, [], $"{file.Name} is no private key in PEM without a password.");
    }

    private static bool TryImport(AsymmetricAlgorithm key, string pem)
    {
        if (!PemEncoding.TryFind(pem, out var fields) || !pem[fields.Label].EndsWith("PRIVATE KEY", StringComparison.Ordinal))
            return false;

        try
        {
            key.ImportFromPem(pem);
            return true;
        }
        catch (Exception other) when (other is CryptographicException or ArgumentException or NotSupportedException)
        {
            return false;
        }
    }
}
