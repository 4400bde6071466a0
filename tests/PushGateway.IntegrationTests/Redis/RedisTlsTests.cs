using PushGateway.Brokers;
using PushGateway.IntegrationTests.Contracts;
using PushGateway.IntegrationTests.Infrastructure;
using PushGateway.Redis;
using PushGateway.Security.Revocations;

namespace PushGateway.IntegrationTests.Redis;

/// <summary>Redis over TLS, with a user and a password, on all ways that a node has to it.</summary>
public sealed class RedisTlsTests : IAsyncLifetime
{
    // A comma, an @ and a slash: no connection string of StackExchange.Redis could hold it.
    private const string Password = "open, s@same/%";

    private static readonly string EncodedPassword = Uri.EscapeDataString(Password);

    private readonly int _port = RedisHost.FindPort();
    private readonly TestAuthority _authority = new();
    private readonly RecordingLog _log = new();
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("pushgateway-tls-");
    private RedisMember _redis = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        var (certificate, key) = _authority.Issue("localhost");
        var files = new Dictionary<string, string> { ["redis.crt"] = certificate, ["redis.key"] = key, ["ca.crt"] = _authority.Pem };
        _redis = await RedisMember.StartSecureAsync(
            _port, files, ["--tls-cert-file", "redis.crt", "--tls-key-file", "redis.key", "--tls-ca-cert-file", "ca.crt", "--tls-auth-clients", "optional"], Cancellation);
        await _redis.ExecuteAsync("ACL", "SETUSER", "gateway", "on", ">" + Password, "~*", "&*", "+@all");
    }

    public async ValueTask DisposeAsync()
    {
        await _redis.DisposeAsync();
        _authority.Dispose();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Everything_works()
    {
        await using var node = NewNode($"rediss://gateway:{EncodedPassword}@localhost:{_port}/0", Write("ca.pem", _authority.Pem));
        var stub = new StubNode("a");
        await node.Broker.StartAsync();
        await node.Cluster.StartAsync(stub, Cancellation);
        await node.Broker.SubscribeAsync("news");
        await node.Broker.PublishAsync("news", "1", new PublishOptions(new(10, TimeSpan.FromHours(1), TimeSpan.FromDays(1))));
        await Patience.UntilAsync(() => node.Broker.Inbox.CountOf("news") == 1);
        Assert.Single((await node.Broker.ReadAsync("news", new(10), new(10, TimeSpan.FromHours(1), TimeSpan.FromDays(1)))).Publications);
        await node.UsePresenceAsync("news");
        await node.Cluster.RevokeAsync(new Revocation("42", default, null, null), Cancellation);
        Assert.Single(stub.Orders);
        await Patience.UntilAsync(() => node.Connection.Publishing.IsWhole && node.Broker.Broker.WhyNotReady is null);

        // The operator's connection alone has none.
        var connections = (await _redis.ExecuteAsync("CLIENT", "LIST")).ToString().Split('\n').Where(line => line.Contains("user=gateway", StringComparison.Ordinal)).ToArray();
        Assert.Contains(connections, line => line.Contains("name=pushgateway-subscriber", StringComparison.Ordinal));
        Assert.Contains(connections, line => line.Contains("name=pushgateway-publisher", StringComparison.Ordinal));
        Assert.All(connections, line => Assert.Contains($":{_port} ", line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_connection_string_does_what_an_address_does()
    {
        await _redis.ExecuteAsync("ACL", "SETUSER", "gateway", ">plain");
        await using var node = NewNode($"localhost:{_port},user=gateway,password=plain,ssl=true", Write("ca.pem", _authority.Pem));
        await AssertWorksAsync(node);
    }

    [Fact]
    public async Task A_client_shows_the_certificate_that_redis_demands()
    {
        await _redis.ExecuteAsync("CONFIG", "SET", "tls-auth-clients", "yes");
        var (certificate, key) = _authority.Issue("gateway");
        await using (var node = NewNode(Address(), Write("ca.pem", _authority.Pem), options =>
        {
            options.ClientCertificate = Write("client.crt", certificate);
            options.ClientKey = Write("client.key", key);
        }))
            await AssertWorksAsync(node);

        await using var inOne = NewNode(Address(), Write("ca.pem", _authority.Pem), options => options.ClientCertificate = Write("both.pem", $"{key}\n{certificate}"));
        await AssertWorksAsync(inOne);

        await using var without = NewNode(Address(), Write("ca.pem", _authority.Pem));
        await AssertRefusedAsync(without, "");
    }

    [Fact]
    public async Task A_certificate_of_another_authority_is_refused()
    {
        using var other = new TestAuthority();
        await using var node = NewNode(Address(), Write("other.pem", other.Pem));
        await AssertRefusedAsync(node, "certificate");
    }

    [Fact]
    public async Task A_certificate_that_the_system_does_not_trust_is_refused()
    {
        await using var node = NewNode(Address(), authority: null);
        await AssertRefusedAsync(node, "certificate");
    }

    [Fact]
    public async Task A_certificate_for_another_name_is_refused()
    {
        await using var node = NewNode(Address(host: "127.0.0.1"), Write("ca.pem", _authority.Pem));
        await AssertRefusedAsync(node, "RemoteCertificateNameMismatch");

        // Where it has to be: Redis Cluster tells addresses in place of names.
        await using var named = NewNode(Address(host: "127.0.0.1") + "?sslHost=localhost", Write("ca.pem", _authority.Pem));
        await AssertWorksAsync(named);
    }

    [Fact]
    public async Task A_wrong_password_is_refused()
    {
        await using var node = NewNode($"rediss://gateway:{EncodedPassword}x@localhost:{_port}", Write("ca.pem", _authority.Pem));
        await AssertRefusedAsync(node, "WRONGPASS");
    }

    [Fact]
    public async Task TLS_to_a_port_without_it_is_refused()
    {
        await using var node = NewNode($"rediss://gateway:{EncodedPassword}@localhost:{_redis.EndPoint.Port}", Write("ca.pem", _authority.Pem));
        await AssertRefusedAsync(node, "TLS");
    }

    [Fact]
    public async Task A_port_with_TLS_is_not_spoken_to_without_it()
    {
        await using var node = NewNode($"redis://gateway:{EncodedPassword}@localhost:{_port}", authority: null);
        await AssertRefusedAsync(node, "");
    }

    private string Address(string host = "localhost") => $"rediss://gateway:{EncodedPassword}@{host}:{_port}";

    private static async Task AssertWorksAsync(RedisNode node)
    {
        await node.Broker.StartAsync();
        await node.Broker.SubscribeAsync("news");
        await node.Broker.PublishAsync("news", "1");
        await Patience.UntilAsync(() => node.Broker.Inbox.CountOf("news") == 1 && node.Connection.Publishing.IsWhole);
    }

    private async Task AssertRefusedAsync(RedisNode node, string words)
    {
        await node.Broker.StartAsync();
        var failure = await Assert.ThrowsAsync<BrokerUnavailableException>(() => node.Broker.SubscribeAsync("news"));
        await Patience.UntilAsync(() => node.Broker.Broker.WhyNotReady?.Contains("not connected yet", StringComparison.Ordinal) == false);
        var ready = node.Broker.Broker.WhyNotReady!;
        TestContext.Current.TestOutputHelper?.WriteLine($"{ready}\n{failure.Message}\n{string.Join('\n', _log.Lines)}");
        Assert.Contains(words, ready, StringComparison.Ordinal);
        Assert.Contains(_log.Lines, line => line.Contains(words, StringComparison.Ordinal));
        Assert.DoesNotContain("same", $"{ready} {failure} {string.Join('\n', _log.Lines)}", StringComparison.Ordinal);
    }

    private string Write(string name, string text)
    {
        var path = Path.Combine(_folder.FullName, name);
        File.WriteAllText(path, text);
        return path;
    }

    private RedisNode NewNode(string connection, string? authority, Action<RedisOptions>? configure = null) => new(
        connection,
        configure: options =>
        {
            options.CaCertificate = authority;
            options.CommandTimeout = TimeSpan.FromSeconds(5);
            configure?.Invoke(options);
        },
        loggers: _log);
}
