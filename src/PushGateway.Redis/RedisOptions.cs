namespace PushGateway.Redis;

/// <summary>How the gateway uses Redis: the section <c>PushGateway:Redis</c> of the configuration.</summary>
public sealed class RedisOptions
{
    /// <summary>The name of the section.</summary>
    public const string Section = "PushGateway:Redis";

    /// <summary>
    /// Where Redis is and how to log in: an address, <c>rediss://gateway:password@host:6379</c> with TLS or <c>redis://…</c> without, user and password percent-encoded, several hosts with commas
    /// between them, options behind a <c>?</c>; or as StackExchange.Redis writes it, <c>host:6379,user=gateway,password=…,ssl=true</c>. With the option <c>serviceName</c> the hosts are Sentinels.
    /// Database 0 only. Required. Credentials in it never reach a log or an error message.
    /// </summary>
    public string Connection { get; set; } = "";

    /// <summary>The user to log in as, in the place of one in <see cref="Connection"/>. Default: that one. With Sentinel, the user of the servers.</summary>
    public string? User { get; set; }

    /// <summary>
    /// The password, in the place of one in <see cref="Connection"/>, where it is kept apart from the address. Any characters, none of them encoded. Default: that one. With Sentinel, the password
    /// of the servers. It never reaches a log or an error message.
    /// </summary>
    public string? Password { get; set; }

    /// <summary>
    /// A file with the certificates (PEM) of the authorities that are trusted to have issued Redis' certificate; no other is, and what they have revoked is not looked up. Default: those that the
    /// system trusts. The name of the host is checked in each case.
    /// </summary>
    public string? CaCertificate { get; set; }

    /// <summary>A file with the certificate (PEM) that the gateway shows to Redis (<c>tls-auth-clients</c>). Default: none.</summary>
    public string? ClientCertificate { get; set; }

    /// <summary>A file with the key (PEM, without a passphrase) of <see cref="ClientCertificate"/>. Default: it stands in that file.</summary>
    public string? ClientKey { get; set; }

    /// <summary>
    /// What the names of all keys and Redis channels begin with, so that several gateways can share one Redis: ASCII letters, digits and <c>- _ . :</c>.
    /// Default <c>pg</c>. The same on all nodes of a gateway.
    /// </summary>
    public string Prefix { get; set; } = "pg";

    /// <summary>How long a publish or a subscription waits for Redis before it fails. Default 2 seconds, at least 100 ms.</summary>
    public TimeSpan CommandTimeout { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>How often each connection to Redis is probed. Default 1 second, at least 100 ms.</summary>
    public TimeSpan ProbeInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// A Redis that is silent for so long after a probe is taken for unreachable: the node is not ready, and the receiving connection is made anew. Default 2
    /// seconds, so that with the default <see cref="ProbeInterval"/> a silence is noticed within 3; at least <see cref="ProbeInterval"/>.
    /// </summary>
    public TimeSpan ProbeTimeout { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>The longest pause between two attempts to connect; the first come sooner. Default 2 seconds, at least 100 ms.</summary>
    public TimeSpan ReconnectMaxDelay { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>How often a node renews its lease. Default 2 seconds, at least 100 ms.</summary>
    public TimeSpan HeartbeatInterval { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// A node that has not renewed its lease for so long is taken for dead, and its members are gone from presence. Default 6 seconds, at least twice <see cref="HeartbeatInterval"/>. The same
    /// on all nodes.
    /// </summary>
    public TimeSpan LeaseDuration { get; set; } = TimeSpan.FromSeconds(6);

    /// <summary>How long a question to all nodes waits for the slowest answer. Default 1 second, at least 50 ms.</summary>
    public TimeSpan ReplyTimeout { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest message accepted from Redis, in bytes; longer ones are dropped and logged. Default 8,388,608 (8 MiB), at least 65,536.</summary>
    public int MaxMessageBytes { get; set; } = 8 * 1024 * 1024;

    /// <summary>
    /// How many subscriptions and unsubscriptions may wait to be sent. A Redis that falls further behind is disconnected, and asked anew for what is
    /// still wanted. Default 250,000, at least 1,000.
    /// </summary>
    public int MaxPendingSubscriptions { get; set; } = 250_000;

    /// <summary>
    /// How many bytes of publications may be on their way to one primary without an answer. What is published beyond that fails at once. Default 33,554,432 (32 MiB), at least 1,048,576.
    /// </summary>
    public int MaxPendingPublishBytes { get; set; } = 32 * 1024 * 1024;
}
