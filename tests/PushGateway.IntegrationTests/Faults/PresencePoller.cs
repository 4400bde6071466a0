using System.Text.Json;
using PushGateway.IntegrationTests.Infrastructure;

namespace PushGateway.IntegrationTests.Faults;

/// <summary>Asks nodes several times a second who is there.</summary>
internal sealed class PresencePoller : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    private readonly CancellationTokenSource _stopping = new();
    private readonly PresenceLedger _ledger;
    private readonly IReadOnlyList<string> _channels, _users;
    private readonly Task _polling;

    /// <param name="nodes">The nodes that are asked.</param>
    /// <param name="channels">The channels they are asked for.</param>
    /// <param name="users">The users they are asked for, one of them each time.</param>
    /// <param name="ledger">Where the answers go.</param>
    public PresencePoller(IEnumerable<NodeProcess> nodes, IReadOnlyList<string> channels, IReadOnlyList<string> users, PresenceLedger ledger)
    {
        (_ledger, _channels, _users) = (ledger, channels, users);
        _polling = Task.WhenAll(nodes.Select(node => Task.Run(() => PollAsync(node))));
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _polling;
        _stopping.Dispose();
    }

    private async Task PollAsync(NodeProcess node)
    {
        for (var round = 0; !_stopping.IsCancellationRequested; round++)
        {
            foreach (var channel in _channels)
            {
                await AskAsync(node, $"v1/channels/{channel}/presence", (answer, asked) =>
                    Stats(node, channel, asked, answer) with { Members = answer.GetProperty("members").EnumerateArray().ToDictionary(Text("client"), Text("user")) });
                await AskAsync(node, $"v1/channels/{channel}/presence/stats", (answer, asked) => Stats(node, channel, asked, answer));
            }

            var user = _users[round % _users.Count];
            await AskAsync(node, $"v1/users/{user}/presence", (answer, asked) =>
                new PresenceAnswer(
                    user, IsUser: true, node.Address, asked, _ledger.Now, answer.GetProperty("connections").GetInt64(), Users: answer.GetProperty("online").GetBoolean() ? 1 : 0));
            await Task.WhenAny(Task.Delay(Interval, _stopping.Token)); // Ends when it is stopped, too.
        }
    }

    private async Task AskAsync(NodeProcess node, string path, Func<JsonElement, TimeSpan, PresenceAnswer> read)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
        patience.CancelAfter(Patience);
        var asked = _ledger.Now;
        try
        {
            using var response = await node.Http.GetAsync(new Uri(path, UriKind.Relative), patience.Token);
            if (response.IsSuccessStatusCode)
                _ledger.Answered(read(JsonElement.Parse(await response.Content.ReadAsByteArrayAsync(patience.Token)), asked));
            else
                _ledger.Refused();
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException or IOException)
        {
            _ledger.Refused();
        }
    }

    private PresenceAnswer Stats(NodeProcess node, string channel, TimeSpan asked, JsonElement answer) =>
        new(channel, IsUser: false, node.Address, asked, _ledger.Now, answer.GetProperty("clients").GetInt64(), answer.GetProperty("users").GetInt64());

    private static Func<JsonElement, string> Text(string property) => member => member.GetProperty(property).GetString()!;
}
