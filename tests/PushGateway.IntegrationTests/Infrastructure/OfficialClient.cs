using System.Text.Json;

namespace PushGateway.IntegrationTests.Infrastructure;

/// <summary>A subscriber on the official JavaScript client, in a Node.js process.</summary>
internal sealed class OfficialClient : IAsyncDisposable
{
    private readonly ChildProcess _process;

    private OfficialClient(ChildProcess process) => _process = process;

    public static OfficialClient Start(IEnumerable<string> urls, IEnumerable<string> channels)
    {
        var script = Path.Combine(Repository.Root, "tests", "clients", "subscriber.mjs");
        return new OfficialClient(ChildProcess.Start("node", [script, JsonSerializer.Serialize(new { urls, channels })]));
    }

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
