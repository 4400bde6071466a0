using System.Diagnostics;
using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using PushGateway.IntegrationTests.Api;
using PushGateway.IntegrationTests.Infrastructure;
using PushGateway.Security;

namespace PushGateway.IntegrationTests.Hosting;

/// <summary>The file that <c>PushGateway:SettingsFile</c> names, and keys that change while the node runs.</summary>
public sealed class SettingsFileTests : IDisposable
{
    private static readonly (string, string) Telling = ("Logging:LogLevel:PushGateway.Audit", "Information");

    private static readonly string[] Scopes = ["publish", "read"];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("pushgateway-settings-");
    private readonly CapturedLog _log = new();
    private readonly TestKey _old = TestKey.New("old", "publish read"), _new = TestKey.New("new", "publish read");

    private string File => Path.Combine(_folder.FullName, "keys.json");

    public void Dispose()
    {
        _folder.Delete(recursive: true);
        _log.Dispose();
    }

    [Fact]
    public async Task Keys_that_are_replaced_in_the_file_count_without_a_restart()
    {
        Write(_old);
        await using var node = Start();
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.Unauthorized), await AskAsync(node));
        Write(_old, _new);
        await Eventually.EqualAsync((HttpStatusCode.OK, HttpStatusCode.OK), () => AskAsync(node));
        Write(_new);
        await Eventually.EqualAsync((HttpStatusCode.Unauthorized, HttpStatusCode.OK), () => AskAsync(node));
        Assert.Equal(2, _log.EventsOf(Audit.Category).Count(number => number == 20));
    }

    [Fact]
    public async Task Keys_in_a_Secret_that_Kubernetes_mounts_do_so_too()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Links are made as Kubernetes makes them on Linux.");

        // keys.json -> ..data/keys.json, and ..data -> ..1; a new version is another folder, and the link to it takes the place of the old one in one step.
        WriteVersion("..1", _old);
        Directory.CreateSymbolicLink(Path.Combine(_folder.FullName, "..data"), "..1");
        System.IO.File.CreateSymbolicLink(File, Path.Combine("..data", "keys.json"));
        await using var node = Start();
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.Unauthorized), await AskAsync(node));

        WriteVersion("..2", _new);
        Directory.CreateSymbolicLink(Path.Combine(_folder.FullName, "..data_tmp"), "..2");
        // .NET does not put one link to a folder into the place of another.
        using (var move = Process.Start("mv", ["-T", Path.Combine(_folder.FullName, "..data_tmp"), Path.Combine(_folder.FullName, "..data")]))
            await move.WaitForExitAsync(TestContext.Current.CancellationToken);
        Directory.Delete(Path.Combine(_folder.FullName, "..1"), recursive: true);
        await Eventually.EqualAsync((HttpStatusCode.Unauthorized, HttpStatusCode.OK), () => AskAsync(node));
    }

    [Fact]
    public async Task A_request_that_is_under_way_is_not_disturbed_when_its_key_goes()
    {
        Write(_old);
        await using var node = Start();
        using var batch = await BatchConnection.OpenAsync(node, _old.Text);
        await batch.SendAsync("{\"channel\":\"news:a\",\"data\":1}\n");
        Assert.True((await batch.AnswerAsync())!.Value.TryGetProperty("results", out _));
        Write(_new);
        await Eventually.EqualAsync((HttpStatusCode.Unauthorized, HttpStatusCode.OK), () => AskAsync(node));
        await batch.SendAsync("{\"channel\":\"news:a\",\"data\":2}\n");
        Assert.True((await batch.AnswerAsync())!.Value.TryGetProperty("results", out _));
        await batch.EndAsync();
        Assert.Null(await batch.AnswerAsync());
    }

    [Theory]
    [InlineData("""{"PushGateway":{"Security":{"Keys":{"old":{"Hash":"pgk_old_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA","Scopes":["read"]}}}}}""", "looks like a key")]
    [InlineData("""{"PushGateway":{"Security":{"PublishesPerSecond":"pgk_old_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}}}""", "the value of PushGateway:Security:PublishesPerSecond is of the wrong type")]
    [InlineData("{}", "set at least one key")]
    public async Task Settings_that_are_not_valid_leave_the_keys_as_they_were_and_are_told(string content, string why)
    {
        Write(_old);
        await using var node = Start();
        await ReplaceAsync(content);
        await Eventually.EqualAsync(true, () => _log.Lines.Any(line => line is (Audit.Category, 21, _)));
        var told = _log.Lines.First(line => line is (Audit.Category, 21, _)).Text;
        Assert.Contains(why, told, StringComparison.Ordinal);
        Assert.DoesNotContain("AAAA", told, StringComparison.Ordinal);
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.Unauthorized), await AskAsync(node));

        Write(_new);
        await Eventually.EqualAsync((HttpStatusCode.Unauthorized, HttpStatusCode.OK), () => AskAsync(node));
    }

    [Theory]
    [InlineData("""{"PushGateway":{"Security":{"Keys":""", "is not JSON")]
    [InlineData(null, "is not there")]
    public async Task A_file_that_cannot_be_read_leaves_all_as_it_was_and_is_told_once(string? content, string why)
    {
        Write(_old);
        await using var node = Start();
        await ReplaceAsync(content);
        await Eventually.EqualAsync(true, () => _log.Lines.Any(line => line.Text.Contains(why, StringComparison.Ordinal)));
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.Unauthorized), await AskAsync(node));
        Write(_new);
        await Eventually.EqualAsync((HttpStatusCode.Unauthorized, HttpStatusCode.OK), () => AskAsync(node));
        Assert.Single(_log.Lines, line => line.Text.Contains(why, StringComparison.Ordinal));
    }

    [Fact]
    public async Task It_counts_behind_appsettings_and_in_front_of_the_command_line()
    {
        // appsettings.json sets the level of Microsoft.AspNetCore; tests set Default and what they want as on a command line.
        await ReplaceAsync("""{"PushGateway":{"Api":{"MaxTargets":7,"MaxTags":7}},"Logging":{"LogLevel":{"Default":"Trace","Microsoft.AspNetCore":"Error"}}}""");
        await using var node = GatewayNode.Start(("PushGateway:SettingsFile", File), ("PushGateway:Api:MaxTags", "3"));
        var api = node.Services.GetRequiredService<IOptions<PushGatewayOptions>>().Value.Api;
        Assert.Equal((7, 3), (api.MaxTargets, api.MaxTags));
        var configuration = node.Services.GetRequiredService<Microsoft.Extensions.Configuration.IConfiguration>();
        Assert.Equal(("Warning", "Error"), (configuration["Logging:LogLevel:Default"], configuration["Logging:LogLevel:Microsoft.AspNetCore"]));
    }

    [Fact]
    public async Task Keys_in_clear_are_warned_of_in_Production_once_and_without_showing_them()
    {
        const string clear = "a-key-in-clear-0123456789";
        await using var node = GatewayNode.StartIn("Production", services => _log.AddTo(services), [("PushGateway:Security:ApiKeys:0", clear), .. _old.Settings]);
        var warning = Assert.Single(_log.Lines, line => line.Text.Contains("PushGateway:Security:ApiKeys", StringComparison.Ordinal));
        Assert.Contains("keys new", warning.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(clear, warning.Text, StringComparison.Ordinal);
    }

    private GatewayNode Start() => GatewayNode.StartIn("Production", services => _log.AddTo(services), ("PushGateway:SettingsFile", File), ("PushGateway:Namespaces:news:HistorySize", "0"), Telling);

    private async Task<(HttpStatusCode Old, HttpStatusCode New)> AskAsync(GatewayNode node)
    {
        using HttpClient old = _old.ClientOf(node), other = _new.ClientOf(node);
        return ((await old.FetchAsync("/v1/nodes")).StatusCode, (await other.FetchAsync("/v1/nodes")).StatusCode);
    }

    private void WriteVersion(string folder, TestKey key) =>
        System.IO.File.WriteAllText(Path.Combine(_folder.CreateSubdirectory(folder).FullName, "keys.json"), JsonOf(key));

    // In place, as an editor may do it.
    private void Write(params TestKey[] keys) => System.IO.File.WriteAllText(File, JsonOf(keys));

    private async Task ReplaceAsync(string? content)
    {
        if (content is null)
            System.IO.File.Delete(File);
        else
            await System.IO.File.WriteAllTextAsync(File, content, TestContext.Current.CancellationToken);
    }

    private static string JsonOf(params TestKey[] keys) => JsonSerializer.Serialize(new
    {
        PushGateway = new { Security = new { Keys = keys.ToDictionary(key => key.Id, key => new { key.Hash, Scopes }) } },
    });
}
