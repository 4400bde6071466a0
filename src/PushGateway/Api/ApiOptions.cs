using PushGateway.Presence;

namespace PushGateway.Api;

/// <summary>Limits of the HTTP API and of the publisher, section <c>PushGateway:Api</c>.</summary>
public sealed class ApiOptions
{
    /// <summary>Whether <c>MapPushGateway()</c> maps <c>/v1</c>. Default true. A host that publishes from C# alone may do without.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>The largest request body, in bytes. Default 1,048,576. A larger one is answered with 413.</summary>
    public int MaxBodyBytes { get; set; } = 1024 * 1024;

    /// <summary>The largest payload of a notification, in bytes. Default 65,536. A larger one is answered with 413.</summary>
    public int MaxDataBytes { get; set; } = 64 * 1024;

    /// <summary>How many lines one <c>POST /v1/notifications:batch</c> may have. Default 10,000. The one behind them is answered with an error, and the rest is not read.</summary>
    public int MaxBatchLines { get; set; } = 10_000;

    /// <summary>The largest body of a batch, in bytes. Default 67,108,864. What is behind them is not read. One line is as large as <see cref="MaxBodyBytes"/> at most.</summary>
    public int MaxBatchBytes { get; set; } = 64 * 1024 * 1024;

    /// <summary>
    /// How many notifications of one batch may be under way at a time, together not larger than <see cref="MaxBodyBytes"/>. Default 256, which keeps a broker busy that answers in a
    /// millisecond. While there are as many, no more of the batch is read.
    /// </summary>
    public int MaxBatchInFlight { get; set; } = 256;

    /// <summary>How many channels or users one notification may name. Default 1,000.</summary>
    public int MaxTargets { get; set; } = 1000;

    /// <summary>How many tags one notification may have. Default 16.</summary>
    public int MaxTags { get; set; } = 16;

    /// <summary>The longest key or value of a tag, in bytes. Default 256.</summary>
    public int MaxTagBytes { get; set; } = 256;

    /// <summary>How many channels one page of <c>GET /v1/channels</c> may hold. Default 1,000.</summary>
    public int MaxPageSize { get; set; } = 1000;

    /// <summary>How many members one page of a channel's presence may hold. Default 1,000, which is the most.</summary>
    public int MaxPresencePageSize { get; set; } = IPresence.MaxPageSize;

    /// <summary>How many users one <c>POST /v1/presence/query</c> may ask for. Default 1,000, which is the most.</summary>
    public int MaxPresenceQueryUsers { get; set; } = IPresence.MaxUsers;

    /// <summary>How many publications one page of a channel's history may hold. Default 100, at most 1,000.</summary>
    public int MaxHistoryPageSize { get; set; } = 100;

    /// <summary>
    /// How large the payloads of one page of a channel's history may be together, in bytes. Default 8,388,608. A page stops at the number of publications that cannot pass it, each
    /// taken to be as large as <see cref="MaxDataBytes"/>, so that a broker is never asked for more.
    /// </summary>
    public int MaxHistoryPageBytes { get; set; } = 8 * 1024 * 1024;

    /// <summary>How long the outcome of a post with an <c>Idempotency-Key</c> is remembered. Default 5 minutes, at most 1 day.</summary>
    public TimeSpan IdempotencyTtl { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// The origins whose pages may use the API (CORS), such as <c>https://admin.example.com</c>: each exact, without wildcards and without a path. Default: none. A page that holds a key shows
    /// it to whoever can look into the page; give it one with few scopes.
    /// </summary>
    public IList<string> AllowedOrigins { get; } = [];

    /// <summary>What <c>Retry-After</c> says when the broker cannot be reached. Default 2 s.</summary>
    public TimeSpan RetryAfter { get; set; } = TimeSpan.FromSeconds(2);
}
