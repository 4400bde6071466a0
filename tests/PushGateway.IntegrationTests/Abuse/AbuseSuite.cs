using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using PushGateway.Connections;
using PushGateway.IntegrationTests.Infrastructure;
using PushGateway.Transports.Sockets;

namespace PushGateway.IntegrationTests.Abuse;

/// <summary>
/// Clients that misbehave, beside one that behaves. That one gets everything, once and in order; of the others nothing is left when they are gone: no connection, no socket, no memory.
/// </summary>
public abstract class AbuseSuite(AbuseServer server)
{
    protected const string Steady = "news:steady", Others = "news:others";

    // Those that the calls of a test are made on come and go.
    private const int SocketsOfCalls = 8;

    // What pools keep for the next time, and what the runtime has compiled meanwhile; a leak is far more, with hundreds of clients.
    private const int KeptBytes = 48 * 1024 * 1024;

    protected GatewayNode Node => server.Node;

    protected (string Key, string Value) Way => server.Way;

    protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Does something bad beside the steady reader, and sees everything as it was afterwards.</summary>
    private protected Task BesideAsync(Func<SteadyReader, Task> abuse, string? second = null) => BesideAsync(Node, abuse, second);

    /// <inheritdoc cref="BesideAsync(Func{SteadyReader, Task}, string?)"/>
    private protected static async Task BesideAsync(GatewayNode node, Func<SteadyReader, Task> abuse, string? second = null)
    {
        await using var steady = await SteadyReader.StartAsync(node, Steady, second);
        await steady.ProgressAsync(1);
        var (sockets, heap) = (CountSockets(), GC.GetTotalMemory(forceFullCollection: true));
        await abuse(steady);
        await Eventually.EqualAsync(1, node.CountConnectionsAsync);
        await Eventually.EqualAsync(second is null ? $"{Steady}=1" : $"{second}=1 {Steady}=1", node.ListChannelsAsync);
        await Eventually.EqualAsync("clients 1, pending 0", () => $"clients {node.Services.GetRequiredService<Admission>().Clients}, pending {Pending(node).Count}");
        await Eventually.EqualAsync("as before", () => CountSockets() - sockets is > SocketsOfCalls and var more ? $"{more} sockets more" : "as before");
        await steady.ProgressAsync();
        await steady.FinishAsync();
        var grown = GC.GetTotalMemory(forceFullCollection: true) - heap;
        TestContext.Current.TestOutputHelper?.WriteLine($"{steady.Received} notifications, the slowest in {steady.Worst.TotalMilliseconds:N0} ms; {grown / 1024:N0} KB more in use, {CountSockets() - sockets} sockets.");
        Assert.True(grown < KeptBytes, $"{grown:N0} bytes more than before are in use.");
    }

    private protected static PendingSockets Pending(GatewayNode node) => node.Services.GetRequiredService<PendingSockets>();

    private protected async Task<RawClient> JoinAsync(int? receiveBufferBytes = null)
    {
        var client = await RawClient.OpenAsync(Node, receiveBufferBytes: receiveBufferBytes);
        await client.ConnectAsync();
        await client.SubscribeAsync(Others);
        return client;
    }

    protected static Task AllAsync(int count, Func<int, Task> client) =>
        Parallel.ForAsync(0, count, new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = Cancellation }, async (i, _) => await client(i));

    protected static async Task<T[]> AllAsync<T>(int count, Func<int, Task<T>> client)
    {
        var all = new T[count];
        await AllAsync(count, async i => { all[i] = await client(i); });
        return all;
    }

    /// <summary>Sends to a server that may have ended the connection; false when it has.</summary>
    protected static async Task<bool> TryAsync(Func<Task> send)
    {
        try
        {
            await send();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    // The node and its clients are one process here. Only Linux says what files that has, which are its assemblies as well.
    private static int CountSockets() => OperatingSystem.IsLinux()
        ? Directory.GetFiles("/proc/self/fd").Count(file => new FileInfo(file).LinkTarget?.StartsWith("socket:", StringComparison.Ordinal) == true)
        : 0;
}
