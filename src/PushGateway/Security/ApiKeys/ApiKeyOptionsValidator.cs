using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace PushGateway.Security;

/// <summary>Finds keys of the API that cannot work, and says what to set. What stands in place of a key, a hash or an id is never shown: it may be a secret at the wrong place.</summary>
internal sealed class ApiKeyOptionsValidator(IHostEnvironment environment) : IValidateOptions<PushGatewayOptions>
{
    private const string Section = "PushGateway:Security:";

    private const int MinClearKeyLength = 16;

    // Each names one back end, or one use of it. All are compared when the settings change.
    private const int MaxKeys = 1000;

    // Looked through for each channel that is published to.
    private const int MaxNamespaces = 100;

    // Far more than a node can do; who wants no limit sets 0.
    private const int MaxPublishes = 1_000_000;

    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, PushGatewayOptions options)
    {
        var security = options.Security;
        List<string> wrong = [];
        if (options.Api.Enabled && security.ApiKeys.Count == 0 && security.Keys.Count == 0 && !environment.IsDevelopment())
            wrong.Add($"{Section}Keys: set at least one key: the server's command \"keys new\" makes one and says what to set. To try out, set one in clear, by the environment variable "
                + "PushGateway__Security__ApiKeys__0. Without one anybody could publish; only in Development the API answers this machine without a key.");

        for (var i = 0; i < security.ApiKeys.Count; i++)
            if (security.ApiKeys[i] is not { Length: >= MinClearKeyLength } key || key.AsSpan().ContainsAnyExceptInRange('!', '~'))
                wrong.Add($"{Section}ApiKeys:{i}: a key has {MinClearKeyLength} characters or more, ASCII without spaces and line breaks.");

        if (security.Keys.Count + security.ApiKeys.Count > MaxKeys)
            wrong.Add($"{Section}Keys: there may be {MaxKeys} keys.");
        CheckLimit($"{Section}{nameof(security.PublishesPerSecond)}", security.PublishesPerSecond, wrong);
        foreach (var (id, key) in security.Keys)
            Check(id, key, wrong);
        Check(options.Api.AllowedOrigins, wrong);
        return wrong.Count > 0 ? ValidateOptionsResult.Fail(wrong) : ValidateOptionsResult.Success;
    }

    private static void Check(string id, ApiKeyOptions key, List<string> wrong)
    {
        if (!KeyText.IsId(id))
        {
            wrong.Add($"{Section}Keys: an id has 1 to 64 ASCII letters, digits, - and . only, and one of {id.Length} characters is none.");
            return;
        }

        var section = $"{Section}Keys:{id}:";
        if (KeyText.DigestOf(key.Hash) is null)
            wrong.Add(key.Hash?.StartsWith(KeyText.Prefix, StringComparison.OrdinalIgnoreCase) == true
                ? $"{section}Hash looks like a key, and not like the hash of one. Make another key by \"keys new\", since this one was seen, and set the hash that it prints."
                : $"{section}Hash must be {KeyText.HashPrefix} and 64 hexadecimal digits, as \"keys new\" prints it.");

        if (key.Scopes.Count == 0)
            wrong.Add($"{section}Scopes: set at least one of publish, read and admin.");
        for (var i = 0; i < key.Scopes.Count; i++)
            if (!IsScope(key.Scopes[i]))
                wrong.Add($"{section}Scopes:{i} must be publish, read or admin.");

        if (key.Namespaces.Count > MaxNamespaces)
            wrong.Add($"{section}Namespaces: there may be {MaxNamespaces}.");
        for (var i = 0; i < key.Namespaces.Count; i++)
            if (!KeyNamespaces.IsPattern(key.Namespaces[i]))
                wrong.Add($"{section}Namespaces:{i} must be the name of a namespace, in which * stands for any characters, {KeyNamespaces.Users} or {KeyNamespaces.None}.");

        CheckLimit($"{section}{nameof(key.PublishesPerSecond)}", key.PublishesPerSecond ?? 0, wrong);
    }

    private static bool IsScope(string? name) =>
        "publish".Equals(name, StringComparison.OrdinalIgnoreCase) || "read".Equals(name, StringComparison.OrdinalIgnoreCase) || "admin".Equals(name, StringComparison.OrdinalIgnoreCase);

    private static void CheckLimit(string setting, int perSecond, List<string> wrong)
    {
        if (perSecond is < 0 or > MaxPublishes)
            wrong.Add($"{setting} must be from 0 to {MaxPublishes}.");
    }

    // A wildcard would let every page of the Internet use a key that a user's browser holds.
    private static void Check(IList<string> origins, List<string> wrong)
    {
        for (var i = 0; i < origins.Count; i++)
            if (!Uri.TryCreate(origins[i], UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https") || $"{uri.Scheme}://{uri.Authority}" != origins[i] || origins[i].Contains('*', StringComparison.Ordinal))
                wrong.Add($"PushGateway:Api:AllowedOrigins:{i} must be an exact origin as browsers send it, such as https://admin.example.com or http://localhost:3000.");
    }
}
