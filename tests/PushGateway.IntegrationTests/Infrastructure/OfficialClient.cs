using System.Text.Json;

namespace PushGateway.IntegrationTests.Infrastructure;

/// <summary>A subscriber on the official JavaScript client, in a Node.js process.</summary>
internal sealed class OfficialClient : IAsyncDisposable
{
    private readonly ChildProcess _process;

    private OfficialClient(ChildProcess process) => _process = process;

    public static OfficialClient Start(IEnumerable<string> urls, IEnumerable<string> channels) => Start(new { urls, channels });

    /// <summary>Starts one that asks for differences, and tells how long each frame was.</summary>
    public static OfficialClient StartWithDelta(string url, string channel) => Start(new { urls = new[] { url }, channels = new[] { channel }, delta = "fossil", frames = true });

    /// <summary>Starts one that asks who is in the channel, and to be told who joins and leaves.</summary>
    public static OfficialClient StartWithMembers(string url, string channel) => Start(new { urls = new[] { url }, channels = new[] { channel }, members = true });

    /// <summary>Starts one that signs its own tokens: see <c>member.mjs</c>.</summary>
    public static OfficialClient StartWithTokens(object settings) => Start(settings, "member.mjs");

    /// <summary>Starts one that trusts a certificate of ours beside those that everybody trusts.</summary>
    public static OfficialClient StartTrusting(string certificateFile, string url, string channel) =>
        Start(new { urls = new[] { url }, channels = new[] { channel } }, environment: ("NODE_EXTRA_CA_CERTS", certificateFile));

    private static OfficialClient Start(object settings, string script = "subscriber.mjs", params (string Key, string Value)[] environment) =>
        new(ChildProcess.Start("node", [Path.Combine(Repository.Root, "tests", "clients", script), JsonSerializer.Serialize(settings)], environment));

    /// <summary>Waits for what its application sees next.</summary>
    public async Task<JsonElement> NextAsync(CancellationToken cancellationToken) =>
        JsonDocument.Parse(await _process.NextLineAsync(cancellationToken)).RootElement;

    /// <summary>Waits for an event, passing over others.</summary>
    public async Task<JsonElement> NextAsync(string name, CancellationToken cancellationToken)
    {
        while (true)
            if (await NextAsync(cancellationToken) is var next && Name(next) == name)
                return next;
    }

    /// <summary>Waits until that many channels are subscribed.</summary>
    public async Task SubscribedAsync(int channels, CancellationToken cancellationToken)
    {
        for (var i = 0; i < channels; i++)
            await NextAsync("subscribed", cancellationToken);
    }

    public static string Name(JsonElement seen) => seen.GetProperty("event").GetString()!;

    public ValueTask DisposeAsync() => _process.DisposeAsync();
}
