using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Tokens;

namespace PushGateway.Security.Tokens;

/// <summary>
/// The keys that an identity provider publishes (JSON Web Key Set, RFC 7517). They are fetched at the start and whenever they have been used for long enough, and sooner when a token names one that is not
/// among them. One request at a time, which all wait for who need it. What was fetched once goes on counting while nothing newer can be had.
/// </summary>
internal sealed partial class PublishedKeys : BackgroundService
{
    // A key of 4,096 bits with a chain of three certificates takes 8 KB, and providers publish a handful: room for 32.
    private const int MaxBytes = 256 * 1024;

    // Connections to a provider that has moved end with its old address.
    private static readonly TimeSpan ConnectionLifetime = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);

    private readonly TokenOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger<PublishedKeys> _logger;
    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _ending = new();
    private readonly Uri? _address;
    private readonly HttpClient? _http;

    private volatile TokenKey[]? _known;
    private Task? _fetching_NeedsLock;
    private long? _askedAt_NeedsLock;
    private int _failures;

    public PublishedKeys(IOptions<PushGatewayOptions> options, TimeProvider time, ILogger<PublishedKeys> logger)
    {
        (_options, _time, _logger) = (options.Value.Security.Tokens, time, logger);
        if (_options.JwksUri is null)
            return;

        _address = new Uri(_options.JwksUri);
        // Keys come from where the operator says, and from nowhere that this place may point to.
        var handler = new SocketsHttpHandler { PooledConnectionLifetime = ConnectionLifetime, AllowAutoRedirect = false, UseCookies = false };
        _http = new HttpClient(handler) { Timeout = _options.JwksTimeout, MaxResponseContentBufferSize = MaxBytes };
    }

    /// <summary>Whether there is a place to fetch them from.</summary>
    public bool IsEnabled => _address is not null;

    /// <summary>Finds a key, and has them fetched again when it is not among those that are known, unless that was done a moment ago.</summary>
    /// <param name="algorithm">What it must be for.</param>
    /// <param name="kid">Its id; null for the only one that is for the algorithm.</param>
    /// <param name="cancellationToken">Gives up waiting. What is under way goes on, for the others.</param>
    public async ValueTask<KeySearch> FindAsync(TokenAlgorithm algorithm, string? kid, CancellationToken cancellationToken)
    {
        if (Find(_known, algorithm, kid) is { } found)
            return found;

        if (TryFetch() is { } fetching)
        {
            await fetching.WaitAsync(cancellationToken);
            if (Find(_known, algorithm, kid) is { } published)
                return published;
        }

        return _known is null
            ? new KeySearch(null, TokenDefect.Unavailable, "The keys of JwksUri could not be fetched yet.")
            : KeySearch.None(kid is null ? $"It has no kid, and JwksUri has no key for {algorithm}." : $"There is no key {SignedToken.Quoted(kid)} for {algorithm}, at JwksUri neither.");
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (IsEnabled && !stoppingToken.IsCancellationRequested)
        {
            await FetchAsync().WaitAsync(stoppingToken);
            await Task.Delay(_failures == 0 ? _options.JwksLifetime : Pause(_failures), _time, stoppingToken);
        }
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _ending.Cancel();
        _http?.Dispose();
        base.Dispose();
    }

    private TimeSpan Pause(int failures)
    {
        var pause = FirstPause * Math.Pow(2, Math.Min(failures - 1, 16));
        return pause < _options.JwksRefreshInterval ? pause : _options.JwksRefreshInterval;
    }

    private static KeySearch? Find(TokenKey[]? keys, TokenAlgorithm algorithm, string? kid)
    {
        TokenKey? found = null;
        foreach (var key in keys ?? [])
        {
            if (!key.IsFor(algorithm) || (kid is not null && key.Id != kid))
                continue;
            if (kid is not null)
                return new KeySearch(key);
            if (found is not null)
                return KeySearch.None($"It has no kid, and JwksUri has several keys for {algorithm}.");
            found = key;
        }

        return found is null ? null : new KeySearch(found);
    }

    // Whoever makes up ids must not make this node ask without end.
    private Task? TryFetch()
    {
        lock (_gate)
        {
            if (_fetching_NeedsLock is not null)
                return _fetching_NeedsLock;
            if (_askedAt_NeedsLock is { } before && _time.GetElapsedTime(before) < _options.JwksRefreshInterval)
                return null;

            _askedAt_NeedsLock = _time.GetTimestamp();
            return Fetch_NeedsLock();
        }
    }

    private Task FetchAsync()
    {
        lock (_gate)
            return Fetch_NeedsLock();
    }

    private Task Fetch_NeedsLock() => _fetching_NeedsLock ??= Task.Run(FetchOnceAsync);

    private async Task FetchOnceAsync()
    {
        try
        {
            var keys = Read(await _http!.GetByteArrayAsync(_address, _ending.Token));
            if (keys.Length == 0)
                throw new FormatException("It has no key that tokens could be checked by.");

            _known = keys;
            _failures = 0;
            Log.Fetched(_logger, keys.Length, _address!.Host);
        }
        catch (Exception failure) when (failure is HttpRequestException or OperationCanceledException or FormatException)
        {
            _failures++;
            if (!_ending.IsCancellationRequested)
                Log.NotFetched(_logger, _address!.Host, _known?.Length ?? 0, failure is OperationCanceledException ? "It did not answer in time." : failure.Message);
        }
        finally
        {
            lock (_gate)
                _fetching_NeedsLock = null;
        }
    }

    private TokenKey[] Read(byte[] body)
    {
        try
        {
            var set = JsonWebKeySet.Create(Encoding.UTF8.GetString(body));
            List<TokenKey> keys = [];
            foreach (var jwk in set.Keys)
            {
                if (TokenKey.TryFromJwk(jwk, out var key, out var why))
                    keys.Add(key);
                else
                    Log.Unusable(_logger, SignedToken.Quoted(jwk.Kid ?? ""), _address!.Host, why);
            }

            return [.. keys];
        }
        // Its message has parts of what came.
        catch (Exception garbage) when (garbage is ArgumentException or JsonException or FormatException or InvalidOperationException)
        {
            throw new FormatException("What it answers is no JSON Web Key Set.", garbage);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "Fetched {Count} keys for tokens from {Host}.")]
        public static partial void Fetched(ILogger logger, int count, string host);

        [LoggerMessage(2, LogLevel.Warning, "The keys for tokens could not be fetched from {Host}, and {Count} that are known go on counting: {Why}")]
        public static partial void NotFetched(ILogger logger, string host, int count, string why);

        [LoggerMessage(3, LogLevel.Debug, "Key {Kid} of {Host} {Why}, and is passed over.")]
        public static partial void Unusable(ILogger logger, string kid, string host, string why);
    }
}
