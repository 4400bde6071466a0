using System.Diagnostics;

namespace PushGateway.IntegrationTests.Hosting;

/// <summary>The server as a process: how it refuses to start.</summary>
public sealed class StartTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task In_Production_without_a_key_it_says_what_to_set()
    {
        var (exit, error) = await RunAsync();
        Assert.Equal(1, exit);
        Assert.StartsWith("The gateway does not start with these settings:", error, StringComparison.Ordinal);
        Assert.Contains("PushGateway:Security:Keys", error, StringComparison.Ordinal);
        Assert.Contains("keys new", error, StringComparison.Ordinal);
        Assert.Contains("PushGateway__Security__ApiKeys__0", error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("PushGateway__Api__MaxTargets", "many", "PushGateway:Api:MaxTargets")]
    [InlineData("PushGateway__Api__MaxTargets", "99999999999", "PushGateway:Api:MaxTargets")]
    [InlineData("PushGateway__Api__Enabled", "maybe", "PushGateway:Api:Enabled")]
    [InlineData("PushGateway__Connections__PingInterval", "25s", "PushGateway:Connections:PingInterval")]
    [InlineData("PushGateway__Channels__Subscribe", "Everybody", "PushGateway:Channels:Subscribe")]
    public async Task The_place_of_a_value_of_the_wrong_type_is_named_and_the_value_is_not_shown(string variable, string value, string key)
    {
        var (exit, error) = await RunAsync((variable, value), ("PushGateway__Security__ApiKeys__0", "a-key-0123456789"));
        Assert.Equal(1, exit);
        Assert.Contains($"A value cannot be converted at '{key}' to type", error, StringComparison.Ordinal);
        Assert.DoesNotContain(value, error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, "is not there")]
    [InlineData("{\n\"PushGateway\": {", "is not JSON: see line 2")]
    [InlineData("[]", "is not a JSON object whose names are all different")]
    [InlineData("""{"a":1,"A":2}""", "is not a JSON object whose names are all different")]
    public async Task A_settings_file_that_cannot_be_read_is_named(string? content, string why)
    {
        var path = Path.Combine(Path.GetTempPath(), $"pushgateway-{Guid.NewGuid():N}.json");
        try
        {
            if (content is not null)
                await File.WriteAllTextAsync(path, content, TestContext.Current.CancellationToken);
            var (exit, error) = await RunAsync(("PushGateway__SettingsFile", path), ("PushGateway__Security__ApiKeys__0", "a-key-0123456789"));
            Assert.Equal(1, exit);
            Assert.Contains($"PushGateway:SettingsFile: '{path}' {why}.", error, StringComparison.Ordinal);
            Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static async Task<(int Exit, string Error)> RunAsync(params (string Name, string Value)[] variables)
    {
        var start = new ProcessStartInfo(
            Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet",
            ["exec", Path.Combine(AppContext.BaseDirectory, "PushGateway.Server.dll"), "--urls", "http://127.0.0.1:0"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = AppContext.BaseDirectory,
        };
        foreach (var inherited in start.Environment.Keys.Where(name => name.StartsWith("PushGateway__", StringComparison.OrdinalIgnoreCase)).ToArray())
            start.Environment.Remove(inherited);
        start.Environment["ASPNETCORE_ENVIRONMENT"] = start.Environment["DOTNET_ENVIRONMENT"] = "Production";
        foreach (var (name, value) in variables)
            start.Environment[name] = value;

        using var server = Process.Start(start)!;
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(Patience);
        try
        {
            var output = server.StandardOutput.ReadToEndAsync(patience.Token);
            var error = await server.StandardError.ReadToEndAsync(patience.Token);
            await output;
            await server.WaitForExitAsync(patience.Token);
            return (server.ExitCode, error);
        }
        finally
        {
            if (!server.HasExited)
                server.Kill();
        }
    }
}
