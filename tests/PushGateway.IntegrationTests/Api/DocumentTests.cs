using System.Diagnostics;
using System.Text.RegularExpressions;
using PushGateway.Api;
using PushGateway.IntegrationTests.Infrastructure;

namespace PushGateway.IntegrationTests.Api;

/// <summary>Holds <c>docs/api.md</c> to the truth.</summary>
public sealed partial class DocumentTests
{
    private const string Key = "keep-this-secret-0123456789";

    private static readonly string Text = Repository.Read("docs/api.md");

    [Fact]
    public void It_lists_the_types_of_problems()
    {
        Assert.Contains(Problem.TypePrefix, Text, StringComparison.Ordinal);
        Assert.Equal(OpenApiTests.ProblemTypes().Order(StringComparer.Ordinal), RowOfType().Matches(Text).Select(row => row.Groups[1].Value).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void It_names_every_setting_that_limits_the_API()
    {
        foreach (var setting in typeof(ApiOptions).GetProperties().Where(setting => setting.Name != nameof(ApiOptions.Enabled)))
            Assert.Contains($"`{setting.Name}`", Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Its_curl_lines_work_as_printed()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows() || !IsOnPath("curl"), "curl and sh are needed.");
        await using var node = GatewayNode.Start(("PushGateway:Security:ApiKeys:0", Key));
        var commands = ShellBlock().Matches(Text).Select(block => block.Groups[1].Value).Where(block => block.Contains("curl ", StringComparison.Ordinal)).ToArray();
        Assert.True(commands.Length >= 9);
        foreach (var command in commands)
        {
            var (exit, output) = await RunAsync(command.Replace("http://localhost:5080", $"http://{node.Address.Authority}", StringComparison.Ordinal));
            var hasAnswer = !(command.Contains("-X DELETE", StringComparison.Ordinal) && command.Contains("/history", StringComparison.Ordinal));
            Assert.True(exit == 0 && output.Contains('{', StringComparison.Ordinal) == hasAnswer, $"{command}\n{output}");
        }
    }

    private static async Task<(int Exit, string Output)> RunAsync(string command)
    {
        using var shell = Process.Start(new ProcessStartInfo("sh", ["-c", command])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["PUSHGATEWAY_KEY"] = Key },
        })!;
        var error = shell.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var output = await shell.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await shell.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (shell.ExitCode, output + (shell.ExitCode == 0 ? "" : await error));
    }

    private static bool IsOnPath(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, program)));

    [GeneratedRegex("^\\| `([a-z-]+)` \\| [0-9]{3}", RegexOptions.Multiline)]
    private static partial Regex RowOfType();

    [GeneratedRegex("^```sh\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex ShellBlock();
}
