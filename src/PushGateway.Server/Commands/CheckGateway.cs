using System.CommandLine;
using System.Net.Http.Headers;
using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.IdentityModel.JsonWebTokens;

namespace PushGateway.Server.Commands;

/// <summary><c>check</c>: connects to a gateway as a client, publishes by its API, and waits for what it published.</summary>
internal sealed class CheckGateway
{
    private const string KeyVariable = "PUSHGATEWAY_KEY", TokenVariable = "PUSHGATEWAY_TOKEN";

    private const string User = "push-gateway-check";

    // Longer than any check, and for clocks that differ.
    private static readonly TimeSpan TokenLifetime = TimeSpan.FromMinutes(10);

    private readonly Option<Uri> _url = new("--url") { HelpName = "URL", Required = true, Description = "Where the gateway is, http://… or https://…, without /v1 and /connection.", CustomParser = Url };

    private readonly Option<string> _key = new("--key") { HelpName = "KEY", Description = $"A key of the API with the scope publish. Better in the environment, as {KeyVariable}. Without it, the first of ApiKeys in the settings." };

    private readonly Option<string> _token = new("--token") { HelpName = "TOKEN", Description = $"The client's connection token. Better in the environment, as {TokenVariable}. Without it, one is signed as tokens new does; where the settings have no secret, the client is anonymous." };

    private readonly Option<string> _channel = new("--channel") { HelpName = "NAME", Description = "The channel to subscribe and publish to. Without it, the user's own." };

    private readonly Option<int> _timeout = new("--timeout") { HelpName = "SECONDS", Description = "How long it all may take.", DefaultValueFactory = _ => 15 };

    public static Command Command(string[] settings, TextWriter output, TextWriter error)
    {
        var one = new CheckGateway();
        one._timeout.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 1 or > 3600)
                result.AddError("--timeout must be 1 to 3600 seconds.");
        });
        var command = new Command("check", "Connects to a gateway as a client, publishes to it, and waits for what was published; the exit code is 0 when it came, and else 1.") { one._url, one._key, one._token, one._channel, one._timeout };
        command.SetAction((result, cancellationToken) => one.RunAsync(result, settings, output, error, cancellationToken));
        return command;
    }

    private async Task<int> RunAsync(ParseResult asked, string[] arguments, TextWriter output, TextWriter error, CancellationToken cancellationToken)
    {
        using var settings = TokenSettings.Read(arguments, error);
        if (settings is null)
            return 1;

        var seconds = asked.GetValue(_timeout);
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(seconds), TimeProvider.System);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        try
        {
            await CheckAsync(asked, settings, output, both.Token);
            await output.WriteLineAsync("Good: what is published arrives.");
            return 0;
        }
        catch (CheckFailedException failure)
        {
            await error.WriteLineAsync($"Failed: {failure.Message}");
        }
        catch (WebSocketException failure)
        {
            await error.WriteLineAsync($"Failed: the connection was lost. {CheckClient.Line(failure.GetBaseException().Message)}");
        }
        catch (Exception failure) when (failure is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            await error.WriteLineAsync("Failed: what answers there does not speak the gateway's protocol.");
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested)
        {
            await error.WriteLineAsync($"Failed: that was all within {seconds} s.");
        }

        return 1;
    }

    private async Task CheckAsync(ParseResult asked, TokenSettings settings, TextWriter output, CancellationToken cancellationToken)
    {
        var url = asked.GetValue(_url)!;
        var key = asked.GetValue(_key) ?? Variable(KeyVariable) ?? settings.ApiKey
            ?? throw new CheckFailedException($"There is no key of the API. Set {KeyVariable}.");
        var token = asked.GetValue(_token) ?? Variable(TokenVariable) ?? Sign(settings);

        using var client = new CheckClient();
        var own = await client.ConnectAsync(url, token, cancellationToken);
        await output.WriteLineAsync($"  connected  {(own is null ? "anonymously" : $"as user {CheckClient.Line(own[1..])}")}");

        var channel = asked.GetValue(_channel);
        if (channel is not null && channel != own)
        {
            await client.SubscribeAsync(channel, cancellationToken);
            await output.WriteLineAsync($"  subscribed to {channel}");
        }

        channel ??= own ?? throw new CheckFailedException($"An anonymous client has no channel of its own. Name one by --channel, or set {TokenVariable}.");
        var data = $"check {Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8))}";
        var began = TimeProvider.System.GetTimestamp();
        await PublishAsync(url, key, channel, data, cancellationToken);
        await output.WriteLineAsync($"  published  to {CheckClient.Line(channel)}");
        await client.ReceiveAsync(channel, data, cancellationToken);
        await output.WriteLineAsync($"  received   within {TimeProvider.System.GetElapsedTime(began).TotalMilliseconds:0} ms of the request");
        await client.LeaveAsync(cancellationToken);
    }

    private static async Task PublishAsync(Uri gateway, string key, string channel, string data, CancellationToken cancellationToken)
    {
        using var body = new MemoryStream();
        using (var json = new Utf8JsonWriter(body))
        {
            json.WriteStartObject();
            if (channel.StartsWith('#'))
                json.WriteString("user", channel[1..]);
            else
                json.WriteString("channel", channel);
            json.WriteString("data", data);
            json.WriteEndObject();
        }

        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri($"{gateway.AbsoluteUri.TrimEnd('/')}/v1/notifications"));
        request.Content = new ByteArrayContent(body.ToArray()) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
        if (!request.Headers.TryAddWithoutValidation("X-API-Key", key.Trim()))
            throw new CheckFailedException("The key has characters that no key has.");
        try
        {
            using var response = await http.SendAsync(request, cancellationToken);
            if (!response.IsSuccessStatusCode)
                throw new CheckFailedException($"Publishing is answered with {(int)response.StatusCode}: {CheckClient.Line(await response.Content.ReadAsStringAsync(cancellationToken))}");
        }
        catch (HttpRequestException failure)
        {
            throw new CheckFailedException($"{request.RequestUri}: {CheckClient.Line(failure.Message)}");
        }
    }

    // Null when the settings have nothing to sign with.
    private static string? Sign(TokenSettings settings)
    {
        if (!SigningKey.TryFind(settings.Options, kid: null, alg: null, file: null, out var credentials, out _))
            return null;

        using var payload = new MemoryStream();
        using (var json = new Utf8JsonWriter(payload))
        {
            var now = TimeProvider.System.GetUtcNow();
            json.WriteStartObject();
            json.WriteString("sub", User);
            json.WriteNumber("iat", now.ToUnixTimeSeconds());
            json.WriteNumber("exp", (now + TokenLifetime).ToUnixTimeSeconds());
            if (settings.Options.Issuer is { } issuer)
                json.WriteString("iss", issuer);
            if (settings.Options.Audience is { } audience)
                json.WriteString("aud", audience);
            json.WriteEndObject();
        }

        return new JsonWebTokenHandler().CreateToken(Encoding.UTF8.GetString(payload.ToArray()), credentials);
    }

    private static Uri? Url(System.CommandLine.Parsing.ArgumentResult result)
    {
        if (result.Tokens is [{ Value: var text }] && Uri.TryCreate(text, UriKind.Absolute, out var url) && (url.Scheme == Uri.UriSchemeHttp || url.Scheme == Uri.UriSchemeHttps))
            return url;

        result.AddError("--url must be an address such as http://localhost:8080.");
        return null;
    }

    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value.Trim() : null;
}
