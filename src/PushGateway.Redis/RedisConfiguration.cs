using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using StackExchange.Redis;

namespace PushGateway.Redis;

/// <summary>What all ways to Redis have in common: where it is, how to log in, and whom to trust. StackExchange.Redis' own type, so that its connections and ours are made alike.</summary>
internal static class RedisConfiguration
{
    private static readonly CommandMap WithoutConfig = CommandMap.Create(["CONFIG"], available: false);

    /// <summary>The whole.</summary>
    /// <inheritdoc cref="Read(RedisOptions)" path="/exception"/>
    public static ConfigurationOptions From(RedisOptions options)
    {
        var configuration = Read(options);
        if (string.IsNullOrEmpty(configuration.ServiceName))
            configuration.SetDefaultPorts();
        var timeout = (int)options.CommandTimeout.TotalMilliseconds;

        // Until the first connection we try again ourselves, which finds a Redis that comes up late sooner; from then on the library does.
        configuration.AbortOnConnectFail = true;
        configuration.ConnectRetry = 1;
        configuration.AsyncTimeout = timeout;

        // The library counts all of CLUSTER to administration, the reading of where the slots are included.
        configuration.AllowAdmin = true;
        configuration.SyncTimeout = timeout;

        // A publisher is told at once that Redis is away. Queued, its publication could still go out after it was told that it failed.
        configuration.BacklogPolicy = BacklogPolicy.FailFast;
        configuration.ReconnectRetryPolicy = new ExponentialRetry(100, (int)options.ReconnectMaxDelay.TotalMilliseconds);

        // A key and a Redis channel outside of our prefix, by which programs that use the library tell each other of primaries. Where they are, Redis and Sentinel tell us.
        configuration.TieBreaker = "";
        configuration.ConfigurationChannel = "";

        // What the library would tell of itself and ask of the server's settings, it can do without: the gateway's user of Redis need not be allowed CLIENT SETINFO, which Redis has since 7.2,
        // and CONFIG, which tells passwords. For Sentinels the library has a map of its own.
        configuration.SetClientLibrary = false;
        if (string.IsNullOrEmpty(configuration.ServiceName) && configuration.CommandMap == CommandMap.Default)
            configuration.CommandMap = WithoutConfig;
        return configuration;
    }

    /// <summary>Where Redis is, and who trusts whom.</summary>
    /// <exception cref="InvalidConnectionException">The settings cannot be used. Nothing of a secret is in the message.</exception>
    public static ConfigurationOptions Read(RedisOptions options)
    {
        var configuration = Read(options.Connection);
        if (!string.IsNullOrEmpty(options.User))
            configuration.User = options.User;
        if (!string.IsNullOrEmpty(options.Password))
            configuration.Password = options.Password;
        UseCertificates(configuration, options);
        return configuration;
    }

    private static ConfigurationOptions Read(string? connection)
    {
        if (string.IsNullOrWhiteSpace(connection))
            throw Wrong($"must say where Redis is: set {RedisOptions.Section}:{nameof(RedisOptions.Connection)}, for example to localhost:6379");

        ConfigurationOptions configuration;
        try
        {
            // The library would take an address of another kind for the name of a host.
            configuration = RedisUri.IsOne(connection) ? RedisUri.Read(connection)
                : connection.Contains("://", StringComparison.Ordinal) && !connection.Contains('=', StringComparison.Ordinal) ? throw new FormatException()
                : ConfigurationOptions.Parse(connection);
        }
        catch (Exception e) when (e is ArgumentException or FormatException)
        {
            // The parser's message quotes the part it stumbled over, which may be a password.
            throw Wrong("is no connection string of StackExchange.Redis, for example localhost:6379,password=secret,ssl=true, and no address such as rediss://user:password@localhost:6379");
        }

        if (configuration.EndPoints.Count == 0)
            throw Wrong("names no host, for example localhost:6379");
        if (!configuration.ChannelPrefix.IsNullOrEmpty)
            throw Wrong($"must not set channelPrefix: use {RedisOptions.Section}:{nameof(RedisOptions.Prefix)}");
        if (configuration.DefaultDatabase is not (null or 0))
            throw Wrong(RedisUri.WhyNoDatabase);
        return configuration;

        static InvalidConnectionException Wrong(string why) => new(nameof(RedisOptions.Connection), why);
    }

    private static void UseCertificates(ConfigurationOptions configuration, RedisOptions options)
    {
        var authorities = Load(nameof(options.CaCertificate), options.CaCertificate, static path =>
        {
            var found = new X509Certificate2Collection();
            found.ImportFromPemFile(path);
            return found.Count > 0 ? found : throw new CryptographicException("No certificate.");
        });
        if (string.IsNullOrEmpty(options.ClientCertificate) && !string.IsNullOrEmpty(options.ClientKey))
            throw new InvalidConnectionException(nameof(options.ClientKey), $"needs {RedisOptions.Section}:{nameof(options.ClientCertificate)} beside it");
        var client = Load(nameof(options.ClientCertificate), options.ClientCertificate, path => X509Certificate2.CreateFromPemFile(path, string.IsNullOrEmpty(options.ClientKey) ? null : options.ClientKey));
        if (authorities is null && client is null)
            return;
        if (!configuration.Ssl)
            throw new InvalidConnectionException(
                authorities is null ? nameof(options.ClientCertificate) : nameof(options.CaCertificate), "has no effect without TLS: begin the address with rediss://, or add ssl=true to the connection string");

        configuration.SslClientAuthenticationOptions = host => new SslClientAuthenticationOptions
        {
            TargetHost = host,
            EnabledSslProtocols = configuration.SslProtocols ?? System.Security.Authentication.SslProtocols.None,
            CertificateChainPolicy = authorities is null ? null : OnlyBy(authorities),
            CertificateRevocationCheckMode = configuration.CheckCertificateRevocation ? X509RevocationMode.Online : X509RevocationMode.NoCheck,
            ClientCertificateContext = client is null ? null : SslStreamCertificateContext.Create(client, additionalCertificates: null, offline: true),
        };
    }

    // An authority of one's own seldom publishes what it has revoked, and a check of that would refuse all it has issued.
    private static X509ChainPolicy OnlyBy(X509Certificate2Collection authorities)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.AddRange(authorities);
        return policy;
    }

    private static T? Load<T>(string setting, string? path, Func<string, T> load)
        where T : class
    {
        try
        {
            return string.IsNullOrEmpty(path) ? null : load(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InvalidConnectionException(setting, "names a file that cannot be read, or one beside it that cannot");
        }
        catch (CryptographicException)
        {
            throw new InvalidConnectionException(setting, "names a file that is no PEM of what it has to be: a certificate, and for a client its key without a passphrase, in the same file or in that of ClientKey");
        }
    }
}
