using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using PushGateway.IntegrationTests.Infrastructure;

namespace PushGateway.IntegrationTests.Commands;

public sealed class CheckCommandTests
{
    private const string Key = "a-key-of-this-test", Secret = "a secret of this test with 32 bytes";

    private static readonly (string, string)[] Production =
    [
        ("PushGateway:Security:ApiKeys:0", Key), ("PushGateway:Security:Tokens:HmacSecret", Secret), ("PushGateway:Security:Tokens:Audience", "push"),
        ("PushGateway:Channels:Subscribe", "Anonymous"), ("PushGateway:Namespaces:closed:Subscribe", "Nobody"),
    ];

    [Fact]
    public async Task With_the_settings_of_the_server_it_needs_an_address_alone()
    {
        await using var node = GatewayNode.StartIn("Production", Production);
        var check = await CheckAsync(node.Address, [.. Production.Select(setting => $"--{setting.Item1}={setting.Item2}")]);

        Assert.Equal((0, ""), (check.Exit, check.Error));
        foreach (var line in new[] { "as user push-gateway-check", "published  to #push-gateway-check", "received", "Good" })
            Assert.Contains(line, check.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Key_token_and_channel_can_be_given()
    {
        await using var node = GatewayNode.StartIn("Production", Production);
        var token = await Run.OfAsync(["tokens", "new", "--user", "42", $"--PushGateway:Security:Tokens:HmacSecret={Secret}", "--PushGateway:Security:Tokens:Audience=push"]);
        var check = await CheckAsync(node.Address, "--key", Key, "--token", token.Output.Trim(), "--channel", "news");

        Assert.Equal((0, ""), (check.Exit, check.Error));
        Assert.Contains("as user 42", check.Output, StringComparison.Ordinal);
        Assert.Contains("published  to news", check.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_token_the_client_is_anonymous()
    {
        await using var node = GatewayNode.StartIn("Production", [.. Production, ("PushGateway:Security:AllowAnonymous", "true")]);
        var check = await CheckAsync(node.Address, "--key", Key, "--channel", "news");
        Assert.Equal((0, ""), (check.Exit, check.Error));
        Assert.Contains("anonymously", check.Output, StringComparison.Ordinal);

        var nowhere = await CheckAsync(node.Address, "--key", Key);
        Assert.Equal(1, nowhere.Exit);
        Assert.Contains("--channel", nowhere.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--key wrong-key-of-this-test --PushGateway:Security:Tokens:HmacSecret=*", "answered with 401")]
    [InlineData("--key * --token wrong", "closed the connection with 3500")]
    [InlineData("--key * --channel news", "closed the connection with 3501")]
    [InlineData("--key * --PushGateway:Security:Tokens:HmacSecret=* --channel closed:room", "subscribe is answered with error 103")]
    [InlineData("--key * --PushGateway:Security:Tokens:HmacSecret=* --channel unknown:room", "subscribe is answered with error 102")]
    [InlineData("--PushGateway:Security:Tokens:HmacSecret=*", "PUSHGATEWAY_KEY")]
    public async Task What_fails_is_told_and_no_secret_is(string args, string words)
    {
        await using var node = GatewayNode.StartIn("Production", Production);
        string[] given = [.. args.Split(' ').Select(arg => arg == "*" ? Key : arg.Replace("=*", $"={Secret}", StringComparison.Ordinal)), "--PushGateway:Security:Tokens:Audience=push"];
        var check = await CheckAsync(node.Address, given);

        Assert.Equal(1, check.Exit);
        Assert.Contains(words, check.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("Good", check.Output, StringComparison.Ordinal);
        foreach (var secret in new[] { Key, Secret, "wrong-key", "   at " })
            Assert.DoesNotContain(secret, check.Output + check.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_does_not_answer_is_waited_for_as_long_as_it_was_said()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var check = await CheckAsync(new Uri($"http://{silent.LocalEndpoint}"), "--key", Key, "--timeout", "1");
        Assert.Equal(1, check.Exit);
        Assert.Contains("within 1 s", check.Error, StringComparison.Ordinal);

        silent.Stop();
        var gone = await CheckAsync(new Uri($"http://{silent.LocalEndpoint}"), "--key", Key);
        Assert.Equal(1, gone.Exit);
        Assert.Contains("/connection/websocket", gone.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("hello")]
    [InlineData("[]")]
    [InlineData("7")]
    [InlineData("""{"id":"one"}""")]
    [InlineData("""{"id":1,"connect":7}""")]
    [InlineData("""{"id":1,"error":{}}""")]
    public async Task Another_server_is_told_apart(string says)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        await using var other = builder.Build();
        other.UseWebSockets();
        other.Run(async context =>
        {
            using var socket = await context.WebSockets.AcceptWebSocketAsync();
            await socket.SendAsync(Encoding.UTF8.GetBytes(says), WebSocketMessageType.Text, endOfMessage: true, context.RequestAborted);
            await socket.ReceiveAsync(new byte[1024].AsMemory(), context.RequestAborted);
        });
        await other.StartAsync(TestContext.Current.CancellationToken);

        var check = await CheckAsync(new Uri(other.Urls.First()), "--key", Key);
        Assert.Equal(1, check.Exit);
        Assert.Contains("does not speak the gateway's protocol", check.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("check")]
    [InlineData("check --url localhost:8080")]
    [InlineData("check --url ftp://localhost")]
    [InlineData("check --url http://localhost:1 --timeout 0")]
    public async Task What_cannot_be_checked_is_refused(string args)
    {
        var check = await Run.OfAsync(args.Split(' '));
        Assert.Equal(1, check.Exit);
        Assert.NotEmpty(check.Error);
    }

    [Fact]
    public async Task Commands_read_the_settings_file()
    {
        var path = Path.GetTempFileName();
        await File.WriteAllTextAsync(path, $$$$$"""{"PushGateway":{"Security":{"Tokens":{"HmacSecret":"{{{{{Secret}}}}}"}}}}""", TestContext.Current.CancellationToken);
        var token = await Run.OfAsync(["tokens", "new", "--user", "42", $"--PushGateway:SettingsFile={path}"]);
        File.Delete(path);
        var lost = await Run.OfAsync(["tokens", "new", "--user", "42", $"--PushGateway:SettingsFile={path}"]);

        Assert.Equal((0, ""), (token.Exit, token.Error));
        Assert.Equal(1, lost.Exit);
        Assert.Contains("is not there", lost.Error, StringComparison.Ordinal);
    }

    private static Task<Run> CheckAsync(Uri gateway, params string[] args) => Run.OfAsync(["check", "--url", gateway.ToString(), .. args]);
}
