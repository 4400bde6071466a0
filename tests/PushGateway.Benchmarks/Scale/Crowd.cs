using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text.Json;
using PushGateway.Load;

namespace PushGateway.Benchmarks.Scale;

/// <summary>
/// A process full of clients of one node. It answers each order it is given: <c>grow N</c> when N clients are connected in all, <c>count</c> with what came since it was asked last.
/// </summary>
internal static class Crowd
{
    public const string Command = "scale-crowd";

    /// <summary>A process may have 20,000 files open on usual machines.</summary>
    public const int MaxClients = 19_000;

    /// <summary>The channel that all clients have.</summary>
    public const string Everybody = "scale-all";

    private static readonly TimeSpan OrdersWait = TimeSpan.FromMilliseconds(10);

    /// <summary>The channel that a client has for itself.</summary>
    public static string ChannelOf(int client) => string.Create(CultureInfo.InvariantCulture, $"scale-{client}");

    /// <summary>Runs it.</summary>
    /// <param name="args">The node's URL, the address to come from, the number of the first client.</param>
    public static int Run(string[] args)
    {
        var first = int.Parse(args[2], CultureInfo.InvariantCulture);
        var orders = new ConcurrentQueue<string>();
        new Thread(() => ReadOrders(orders)) { IsBackground = true }.Start();
        using var poller = new Poller();
        var arrivals = new Arrivals();
        var swarm = new Swarm(poller, new SwarmOptions([Node.Find(args[0])], client => [ChannelOf(first + client), Everybody], IPAddress.Parse(args[1])), arrivals.Add);
        var growing = false;
        while (true)
        {
            swarm.Step(Clock.Now);
            var count = poller.Wait(OrdersWait);
            for (var i = 0; i < count; i++)
                swarm.OnEvent((int)poller[i]);

            if (growing && swarm.Ready == swarm.Clients.Count)
            {
                growing = false;
                Console.WriteLine("ready");
            }

            if (!orders.TryDequeue(out var order))
                continue;
            if (order.StartsWith("grow ", StringComparison.Ordinal))
            {
                swarm.GrowTo(int.Parse(order.AsSpan(5), CultureInfo.InvariantCulture));
                growing = true;
            }
            else
            {
                Console.WriteLine(JsonSerializer.Serialize(arrivals.Take(swarm.Lost)));
            }
        }
    }

    private static void ReadOrders(ConcurrentQueue<string> orders)
    {
        while (Console.ReadLine() is { } order)
            orders.Enqueue(order);
        Environment.Exit(0); // Nobody asks any more.
    }
}
