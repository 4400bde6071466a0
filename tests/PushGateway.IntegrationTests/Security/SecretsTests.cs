using System.Diagnostics;
using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Text;
using PushGateway.IntegrationTests.Api;
using PushGateway.IntegrationTests.Infrastructure;
using StackExchange.Redis;

namespace PushGateway.IntegrationTests.Security;

/// <summary>No secret is ever in what a node logs or answers, whatever it is asked and whatever is wrong with its settings: everything that it says is searched for each of them.</summary>
public sealed class SecretsTests : IDisposable
{
    private readonly CapturedLog _log = new();
    private readonly List<string> _bodies = [];
    private readonly TestKey _all = TestKey.New("all", "publish read admin", publishesPerSecond: 5), _narrow = TestKey.New("narrow", "read", "chat"), _unknown = TestKey.New("unknown", "read");

    private readonly string _clearKey = NewSecret("clear-key"), _redisPassword = NewSecret("redis-password"), _hmacSecret = NewSecret("hmac-secret-of-tokens");
    private readonly string _callbackSecret = NewSecret("secret-of-callbacks");

    // Of a token, what makes it one: the rest anybody can write.
    private readonly List<string> _signatures = [];

    public void Dispose() => _log.Dispose();

    [Fact]
    public async Task Nothing_that_a_node_logs_or_answers_holds_a_secret()
    {
        await using var redis = await StartRedisAsync();
        await using (var node = GatewayNode.StartIn("Production", services => _log.AddTo(services, everything: true), Settings($"{redis.ConnectionString},password={_redisPassword}")))
        {
            await CallEverythingAsync(node);
            await ConnectAsync(node);
            await BringTokensAsync(node);
        }

        await using (var locked = GatewayNode.StartIn("Production", services => _log.AddTo(services, everything: true), [.. Settings($"{redis.ConnectionString},password={_redisPassword}-wrong"), ("PushGateway:Redis:CommandTimeout", "00:00:00.1")]))
            await CallEverythingAsync(locked);

        Assert.Contains(_log.Lines, line => line.Category.StartsWith("Microsoft.AspNetCore", StringComparison.Ordinal)); // Nothing is left out.
        Assert.Contains(_log.Lines, line => line.Category == "PushGateway.Audit.Publish");
        Assert.Contains(_log.Lines, line => line.Text.Contains("token", StringComparison.Ordinal) && line.Category == "PushGateway.Audit");
        Assert.Contains(_bodies, body => body.Contains("\"nodes\"", StringComparison.Ordinal));
        Assert.Contains(_bodies, body => body.Contains("invalid token", StringComparison.Ordinal));
        AssertNoSecrets(_log.Lines.Select(line => $"{line.Category}: {line.Text}").Concat(_bodies));
    }

    [Theory]
    [MemberData(nameof(WrongSettings))]
    public async Task A_node_that_does_not_start_does_not_show_what_stands_at_the_wrong_place(string variable, string form)
    {
        var key = _narrow.Settings.Select(setting => (setting.Key.Replace(":", "__", StringComparison.Ordinal), setting.Value));
        var said = await RunServerAsync([.. key, (variable, form
            .Replace("{key}", _all.Text, StringComparison.Ordinal).Replace("{clear}", _clearKey, StringComparison.Ordinal)
            .Replace("{redis}", _redisPassword, StringComparison.Ordinal).Replace("{hmac}", _hmacSecret, StringComparison.Ordinal).Replace("{callback}", _callbackSecret, StringComparison.Ordinal))]);
        Assert.Contains("The gateway does not start with these settings:", said, StringComparison.Ordinal);
        AssertNoSecrets([said]);
    }

    public static TheoryData<string, string> WrongSettings => new()
    {
        { "PushGateway__Security__Keys__shop__Hash", "{key}" },
        { "PushGateway__Security__Keys__shop__Scopes__0", "{key}" },
        { "PushGateway__Security__Keys__shop__Namespaces__0", "{key}" },
        { "PushGateway__Security__ApiKeys__0", "{clear} with a space" },
        { "PushGateway__Redis__Connection", "localhost:1,password={redis},nonsense=1" },
        { "PushGateway__Redis__Connection", "localhost:1,{redis}=password" },
        { "PushGateway__Api__AllowedOrigins__0", "https://{clear}@example.com" },
        { "PushGateway__Security__Tokens__Keys__a__PublicKey", "{hmac}" },
        { "PushGateway__Security__Tokens__JwksUri", "ftp://{hmac}" },
        { "PushGateway__Security__Tokens__ClockSkew", "1.00:00:00" },
        { "PushGateway__Callbacks__PreviousSecret", "whsec_{callback}" },
        { "PushGateway__Callbacks__Connect", "ftp://{callback}@example.com" },
    };

    private (string, string)[] Settings(string redis) =>
    [
        .. _all.Settings,
        .. _narrow.Settings,
        ("PushGateway:Security:ApiKeys:0", _clearKey),
        ("PushGateway:Security:AllowAnonymous", "true"),
        ("PushGateway:Security:Tokens:HmacSecret", _hmacSecret),
        ("PushGateway:Callbacks:Subscribe", "http://127.0.0.1:1/"),
        ("PushGateway:Callbacks:Secret", _callbackSecret),
        ("PushGateway:Namespaces:asked:Subscribe", "Callback"),
        ("PushGateway:Redis:Connection", redis),
        ("PushGateway:Redis:Prefix", $"t{Guid.NewGuid():N}"),
        ("PushGateway:Namespaces:chat:Subscribe", "Anonymous"),
        ("PushGateway:Namespaces:chat:Publish", "Anonymous"),
        ("PushGateway:Namespaces:chat:HistorySize", "10"),
        ("PushGateway:Namespaces:chat:Presence", "true"),
    ];

    private async Task CallEverythingAsync(GatewayNode node)
    {
        foreach (var (header, value) in new[]
        {
            ("X-API-Key", _all.Text), ("X-API-Key", _narrow.Text), ("X-API-Key", _unknown.Text), ("X-API-Key", _clearKey), ("X-API-Key", _clearKey + "x"), ("X-API-Key", _all.Text[..^1]),
            ("Authorization", "Bearer " + _all.Text), ("Authorization", "Bearer " + _unknown.Text), ("Authorization", "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes("x:" + _clearKey))), ("X-Nothing", "x"),
        })
        {
            using var http = new HttpClient { BaseAddress = node.Address };
            Assert.True(http.DefaultRequestHeaders.TryAddWithoutValidation(header, value));
            foreach (var path in new[] { "/v1/nodes", "/v1/channels", "/v1/channels/chat:a/history", "/v1/channels/chat:a/presence", "/v1/channels/chat:a/presence/stats", "/v1/users/42/presence", "/v1/unknown", "/openapi/v1.json", "/health/ready", "/health/live" })
                await KeepAsync(http.FetchAsync(path));
            foreach (var path in new[] { "/v1/users/42/connections", "/v1/channels/chat:a/subscribers/42", "/v1/channels/chat:a/history", "/v1/nodes" })
                await KeepAsync(http.RemoveAsync(path));
            await KeepAsync(http.PostJsonAsync("/v1/users/42/subscriptions", """{"channel":"chat:a"}"""));
            await KeepAsync(http.PostJsonAsync("/v1/presence/query", """{"users":["42"]}"""));
            await KeepAsync(http.PostJsonAsync("/v1/tokens/revocations", """{"user":"42"}"""));
            foreach (var json in new[] { """{"channel":"chat:a","data":1}""", """{"user":"42","data":1}""", "{", """{"channel":"nowhere:a","data":1}""" })
            {
                await KeepAsync(http.PostNotificationAsync(json));
                await KeepAsync(http.PostBatchAsync(json));
            }
        }
    }

    private async Task ConnectAsync(GatewayNode node)
    {
        await using var client = await Subscriber.ConnectAsync(node.WebSocket, "chat:a");
        await client.SendAsync("publish", new { channel = "chat:a", data = 1 });
        using var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("Authorization", "Bearer " + _all.Text);
        await socket.ConnectAsync(node.WebSocket, TestContext.Current.CancellationToken);
        await socket.SendAsync(Encoding.UTF8.GetBytes($$$"""{"id":1,"connect":{"token":"{{{_hmacSecret}}}"}}"""), WebSocketMessageType.Text, endOfMessage: true, TestContext.Current.CancellationToken);
        var answer = new byte[4096];
        var received = await socket.ReceiveAsync(answer, TestContext.Current.CancellationToken);
        _bodies.Add($"{Encoding.UTF8.GetString(answer.AsSpan(0, received.Count))} {socket.CloseStatusDescription}");
    }

    private async Task BringTokensAsync(GatewayNode node)
    {
        string Sign(string claims) => Kept(TestToken.Sign(claims, _hmacSecret));
        var good = Sign($$"""{"sub":"42","exp":{{TestToken.In(600)}},"jti":"one"}""");
        foreach (var token in new[]
        {
            good, Sign("""{"sub":"42","exp":1}"""), Sign("""{"sub":"42"}"""), Sign("""{"sub":42,"exp":"soon"}"""), Kept(TestToken.For("42")), good[..^4], Sign($$"""{"sub":"42","exp":{{TestToken.In(600)}},"channel":"$x"}"""),
        })
        {
            await ExchangeAsync($$$"""{"id":1,"connect":{"token":"{{{token}}}"}}""");
            await ExchangeAsync(
                $$$"""{"id":1,"connect":{"token":"{{{good}}}"}}""",
                """{"id":2,"subscribe":{"channel":"asked:a"}}""",
                $$$"""{"id":3,"subscribe":{"channel":"$x","token":"{{{token}}}"}}""");
            await ExchangeAsync($$$"""{"id":1,"connect":{"token":"{{{good}}}"}}""", $$$"""{"id":2,"refresh":{"token":"{{{token}}}"}}""");
        }

        string Kept(string token)
        {
            _signatures.Add(token[(token.LastIndexOf('.') + 1)..]);
            return token;
        }

        async Task ExchangeAsync(params string[] commands)
        {
            await using var client = await RawWebSocket.OpenAsync(node.WebSocket);
            foreach (var command in commands)
            {
                await client.SendTextAsync(command);
                var frame = await client.ReadFrameAsync();
                _bodies.Add(Encoding.UTF8.GetString(frame.Payload));
                if (frame.Opcode == RawFrame.Close)
                    return;
            }
        }
    }

    private async Task KeepAsync(Task<HttpResponseMessage> asking)
    {
        var answer = await asking;
        _bodies.Add($"{answer} {await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)}");
    }

    private void AssertNoSecrets(IEnumerable<string> said)
    {
        var forbidden = new[] { _all.Text, _narrow.Text, _unknown.Text, _clearKey, _redisPassword, _hmacSecret, _callbackSecret }.Concat(_signatures).SelectMany(FormsOf).ToArray();
        foreach (var text in said)
            foreach (var (form, what) in forbidden)
                if (text.Contains(form, StringComparison.OrdinalIgnoreCase))
                    Assert.Fail($"{what} is in: {text}");
    }

    /// <summary>The ways in which a secret could be shown. Of those with a part that is none, the rest alone; of each, also without its last character, as what was cut off.</summary>
    private static IEnumerable<(string Form, string What)> FormsOf(string secret)
    {
        var bytes = Encoding.UTF8.GetBytes(secret);
        var hash = SHA256.HashData(bytes);
        var hidden = secret.StartsWith("pgk_", StringComparison.Ordinal) ? secret[(secret.IndexOf('_', 4) + 1)..] : secret;
        yield return (hidden[..^1], $"'{secret}'");
        yield return (hidden[..16], $"The beginning of '{secret}'");
        yield return (Convert.ToBase64String(bytes)[..^4], $"'{secret}' in base64");
        yield return (Convert.ToHexString(bytes), $"'{secret}' in hexadecimal");
        yield return (Convert.ToHexString(hash), $"The hash of '{secret}'");
        yield return (Convert.ToBase64String(hash).TrimEnd('='), $"The hash of '{secret}' in base64");
        yield return (Uri.EscapeDataString(hidden[..^1]), $"'{secret}', escaped");
    }

    // Letters and digits, so that a connection string and JSON hold it as it is.
    private static string NewSecret(string name) => $"{Convert.ToHexString(RandomNumberGenerator.GetBytes(16))}{name}";

    private async Task<RedisServer> StartRedisAsync()
    {
        var redis = await RedisServer.StartPrivateAsync(TestContext.Current.CancellationToken, "--save", "");
        await using var connection = await ConnectionMultiplexer.ConnectAsync($"{redis.ConnectionString},allowAdmin=true");
        await connection.GetServers()[0].ConfigSetAsync("requirepass", _redisPassword);
        return redis;
    }

    private static async Task<string> RunServerAsync(params (string Name, string Value)[] variables)
    {
        var start = new ProcessStartInfo(
            Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", ["exec", Path.Combine(AppContext.BaseDirectory, "PushGateway.Server.dll"), "--urls", "http://127.0.0.1:0"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = AppContext.BaseDirectory,
            Environment = { ["ASPNETCORE_ENVIRONMENT"] = "Production", ["DOTNET_ENVIRONMENT"] = "Production", ["Logging__LogLevel__Default"] = "Trace" },
        };
        foreach (var (name, value) in variables)
            start.Environment[name] = value;
        using var server = Process.Start(start)!;
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(RawWebSocket.Patience);
        try
        {
            var output = server.StandardOutput.ReadToEndAsync(patience.Token);
            var error = await server.StandardError.ReadToEndAsync(patience.Token);
            await server.WaitForExitAsync(patience.Token);
            return $"{await output} {error}";
        }
        finally
        {
            if (!server.HasExited)
                server.Kill();
        }
    }
}
