using StackExchange.Redis;

namespace PushGateway.Redis;

/// <summary>
/// Reads <c>redis://user:password@host:port,host:port/0?option=value</c>, or <c>rediss://</c> for TLS. What is between the signs is percent-encoded (RFC 3986), so that a password may have any
/// characters; options are those of StackExchange.Redis' own connection strings.
/// </summary>
internal static class RedisUri
{
    private const string Plain = "redis://", Secure = "rediss://";
    private const int Port = 6379, SentinelPort = 26379;

    /// <summary>What is wrong with another database than the first.</summary>
    public const string WhyNoDatabase =
        $"must use database 0, the only one that Redis Cluster has: gateways that share a Redis are told apart by {RedisOptions.Section}:{nameof(RedisOptions.Prefix)}";

    // They have their places in the address. As options they would stand in it twice, and in clear.
    private static readonly string[] NoOptions = ["user", "password", "ssl", "defaultDatabase"];

    /// <summary>Whether it is one. Other schemes are not, and nothing that StackExchange.Redis writes is.</summary>
    public static bool IsOne(string text) => Begins(text, Plain) || Begins(text, Secure);

    /// <exception cref="InvalidConnectionException">It is not well-formed.</exception>
    /// <exception cref="ArgumentException">A host or an option is not as it has to be. The message may repeat it.</exception>
    public static ConfigurationOptions Read(string text)
    {
        var isSecure = Begins(text, Secure);
        var rest = text.Trim()[(isSecure ? Secure : Plain).Length..];
        if (rest.Contains('#', StringComparison.Ordinal))
            throw Wrong("has a # in it: write %23");

        var (beforeQuery, query) = Split(rest, rest.IndexOf('?', StringComparison.Ordinal));
        var (authority, path) = Split(beforeQuery, beforeQuery.IndexOf('/', StringComparison.Ordinal));
        var (login, hosts) = authority.LastIndexOf('@') is >= 0 and var at ? (authority[..at], authority[(at + 1)..]) : (null, authority);
        if (path is not (null or "" or "0"))
            throw Wrong(WhyNoDatabase);

        var options = string.Join(',', Options(query));
        var configuration = options.Length > 0 ? ConfigurationOptions.Parse(options) : new ConfigurationOptions();
        configuration.Ssl = isSecure;
        if (login is not null)
            LogIn(configuration, login);
        foreach (var host in hosts.Split(','))
            configuration.EndPoints.Add(WithPort(host, string.IsNullOrEmpty(configuration.ServiceName) ? Port : SentinelPort));
        return configuration;
    }

    private static void LogIn(ConfigurationOptions configuration, string login)
    {
        var (user, password) = Split(login, login.IndexOf(':', StringComparison.Ordinal));
        if (password is null)
            throw Wrong("has one word before the @, which may be a user or a password: write user:password@ or :password@");

        configuration.User = user.Length > 0 ? Decode(user) : null;
        configuration.Password = Decode(password);
    }

    private static IEnumerable<string> Options(string? query)
    {
        foreach (var option in (query ?? "").Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var (name, value) = Split(option, option.IndexOf('=', StringComparison.Ordinal));
            if (value is null || Decode(value).Contains(',', StringComparison.Ordinal) || Array.Exists(NoOptions, known => Same(known, name)))
                throw Wrong("has something behind the ? that is no option: user, password, TLS and database stand before it");
            yield return $"{name}={Decode(value)}";
        }
    }

    private static string WithPort(string host, int port)
    {
        if (host.Length == 0 || host.Contains('@', StringComparison.Ordinal) || host.Contains('=', StringComparison.Ordinal))
            throw Wrong("names no host, for example redis://localhost:6379");

        // An address of IPv6 stands in brackets, and has colons of its own.
        return host.LastIndexOf(':') > host.LastIndexOf(']') ? host : $"{host}:{port}";
    }

    private static string Decode(string text)
    {
        for (var i = text.IndexOf('%', StringComparison.Ordinal); i >= 0; i = text.IndexOf('%', i + 1))
            if (i + 2 >= text.Length || !char.IsAsciiHexDigit(text[i + 1]) || !char.IsAsciiHexDigit(text[i + 2]))
                throw Wrong("has a % that begins no percent-encoded character: write %25");
        return Uri.UnescapeDataString(text);
    }

    private static (string Before, string? Behind) Split(string text, int at) => at < 0 ? (text, null) : (text[..at], text[(at + 1)..]);

    private static InvalidConnectionException Wrong(string why) => new(nameof(RedisOptions.Connection), why);

    private static bool Begins(string text, string scheme) => text.AsSpan().TrimStart().StartsWith(scheme, StringComparison.OrdinalIgnoreCase);

    private static bool Same(string x, string y) => x.Equals(y, StringComparison.OrdinalIgnoreCase);
}
