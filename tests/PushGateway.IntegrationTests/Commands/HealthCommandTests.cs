using System.Globalization;
using Microsoft.Extensions.Configuration;
using PushGateway.IntegrationTests.Infrastructure;
using PushGateway.Server.Commands;

namespace PushGateway.IntegrationTests.Commands;

public sealed class HealthCommandTests
{
    [Fact]
    public async Task A_node_that_lives_is_found_so_and_one_that_is_not_ready_or_not_there_is_not()
    {
        var port = RedisHost.FindPort();
        var setting = $"--PushGateway:Management:Port={port.ToString(CultureInfo.InvariantCulture)}";
        var missing = await Run.OfAsync(["health", setting]);
        Assert.Equal((1, ""), (missing.Exit, missing.Output));
        Assert.StartsWith($"http://127.0.0.1:{port}/ does not answer: ", missing.Error, StringComparison.Ordinal);

        // Without its Redis.
        await using var node = await NodeProcess.StartAsync($"127.0.0.1:{RedisHost.FindPort()}", TestContext.Current.CancellationToken, ("PushGateway:Management:Port", port.ToString(CultureInfo.InvariantCulture)));
        var lives = await Run.OfAsync(["health", setting]);
        Assert.Equal((0, """200 {"status":"live"}""", ""), (lives.Exit, lives.Output.TrimEnd(), lives.Error));

        var unready = await Run.OfAsync(["health", "--ready", setting]);
        Assert.Equal(1, unready.Exit);
        Assert.StartsWith("""503 {"status":"unready",""", unready.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://localhost:5000/")]
    [InlineData("http://127.0.0.1:8080/", "http_ports=8080")]
    [InlineData("http://127.0.0.1:9090/", "http_ports=8080", "PushGateway:Management:Port=9090")]
    [InlineData("http://127.0.0.1:81/", "urls=https://*:443;http://+:81")]
    [InlineData("http://[::1]:81/", "urls=http://[::1]:81", "http_ports=8080")]
    [InlineData("http://10.0.0.5:82/", "Kestrel:Endpoints:a:Url=http://10.0.0.5:82", "urls=http://*:81")]
    [InlineData(null, "urls=https://*:443")]
    [InlineData(null, "https_ports=443")]
    public void The_node_is_asked_where_its_settings_say_that_it_listens(string? address, params string[] settings) =>
        Assert.Equal(address, NodeAddress.Find(Configuration(settings))?.ToString());

    [Theory]
    [InlineData(null)]
    [InlineData(null, "AllowedHosts=*")]
    [InlineData("push.example.com", "AllowedHosts=push.example.com;localhost")]
    [InlineData("health.example.com", "AllowedHosts=*.example.com")]
    public void It_is_asked_by_a_name_that_it_takes(string? host, params string[] settings) => Assert.Equal(host, NodeAddress.HostOf(Configuration(settings)));

    private static IConfiguration Configuration(string[] settings) =>
        new ConfigurationBuilder().AddInMemoryCollection(settings.Select(setting => setting.Split('=', 2)).Select(pair => new KeyValuePair<string, string?>(pair[0], pair[1]))).Build();
}
