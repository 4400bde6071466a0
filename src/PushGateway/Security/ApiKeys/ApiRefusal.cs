using PushGateway.Api;

namespace PushGateway.Security;

/// <summary>Why a request to the API is refused.</summary>
/// <param name="Kind">What is wrong, in a word, for the audit log.</param>
/// <param name="Why">What is wrong, for the caller: one sentence or two.</param>
/// <param name="Challenge">What <c>WWW-Authenticate</c> says (RFC 6750, section 3); null when no other key would help.</param>
/// <param name="KeyId">The id of the key that was sent, as far as it is known; null when it is not.</param>
internal sealed record ApiRefusal(RefusalKind Kind, string Why, string? Challenge = null, string? KeyId = null)
{
    private const string Realm = "Bearer realm=\"PushGateway\"";

    public static readonly ApiRefusal NoKey = new(RefusalKind.NoKey, "Send a key as X-API-Key or as Authorization: Bearer.", Realm);

    public static readonly ApiRefusal NotThisMachine = new(
        RefusalKind.NotThisMachine,
        "No key is configured, so that the API answers this machine alone. Set PushGateway:Security:Keys, or PushGateway:Security:ApiKeys.",
        Realm);

    public static readonly ApiRefusal ForeignHost = new(
        RefusalKind.ForeignHost,
        "No key is configured, so that the API answers requests to localhost or to a loopback address alone: under another name a page of a stranger may be asking through this machine's browser (DNS rebinding).");

    public static readonly ApiRefusal ForeignOrigin = new(
        RefusalKind.ForeignOrigin,
        "No key is configured, so that the API answers pages of this machine alone (Origin), and those of PushGateway:Api:AllowedOrigins.");

    public static ApiRefusal UnknownKey(string? id) => new(RefusalKind.UnknownKey, "The key is not known.", $"{Realm}, error=\"invalid_token\", error_description=\"The key is not known\"", id);

    public static ApiRefusal WithoutScope(ApiCaller caller, ApiScopes scope) => new(
        RefusalKind.Scope, $"The key '{caller.Id}' has no scope '{NameOf(scope)}'.", $"{Realm}, error=\"insufficient_scope\", scope=\"{NameOf(scope)}\"", caller.Id);

    public static ApiRefusal BeyondNamespaces(ApiCaller caller, ApiReach reach) => new(
        RefusalKind.Namespace,
        reach == ApiReach.Users
            ? $"The key '{caller.Id}' is limited to namespaces, and {KeyNamespaces.Users} is not among them."
            : $"The key '{caller.Id}' is limited to namespaces, and this is of no one channel.",
        KeyId: caller.Id);

    /// <param name="caller">Who may not touch it.</param>
    /// <param name="channel">Its name, which is well-formed.</param>
    public static ApiRefusal BeyondNamespaces(ApiCaller caller, string channel) =>
        new(RefusalKind.Namespace, $"The channel '{channel}' is outside of the namespaces of the key '{caller.Id}'.", KeyId: caller.Id);

    /// <summary>What the caller is answered.</summary>
    public Problem Problem => Kind is RefusalKind.NoKey or RefusalKind.UnknownKey or RefusalKind.NotThisMachine ? Problem.Unauthorized(Why) : Problem.Forbidden(Why);

    private static string NameOf(ApiScopes scope) => scope switch
    {
        ApiScopes.Publish => "publish",
        ApiScopes.Read => "read",
        _ => "admin",
    };
}
