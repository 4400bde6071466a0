using System.Net;

namespace PushGateway.Load;

/// <summary>Whom the clients of a <see cref="Swarm"/> connect to, and what they say.</summary>
/// <param name="Nodes">The nodes, which clients take by turns.</param>
/// <param name="ChannelsOf">The names of the channels that a client subscribes to.</param>
/// <param name="Source">The address that the first clients come from; null for the machine's choice.</param>
internal sealed record SwarmOptions(IReadOnlyList<Node> Nodes, Func<int, IReadOnlyList<string>> ChannelsOf, IPAddress? Source)
{
    /// <summary>
    /// How many connections to one node come from one address: Linux gives out 28,232 ports for each pair of addresses, some of them in use. The next ones come from the next address.
    /// </summary>
    public int ConnectionsPerSource { get; init; } = 20_000;

    /// <summary>How many connects are under way at once.</summary>
    public int ConnectingAtOnce { get; init; } = 64;

    /// <summary>How long a client stays away that was refused or cut off.</summary>
    public TimeSpan StaysAway { get; init; } = TimeSpan.FromSeconds(1);
}

/// <summary>A node to connect to.</summary>
/// <param name="Url">Where its WebSockets are.</param>
/// <param name="Address">What the name in it stands for.</param>
internal sealed record Node(Uri Url, IPEndPoint Address)
{
    /// <summary>Finds a node by a <c>ws:</c> URL; without a path it is that of the gateway.</summary>
    /// <exception cref="FormatException">It is no such URL, or nobody knows the host.</exception>
    public static Node Find(string text)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Scheme != "ws")
            throw new FormatException($"Not a ws: URL: {text}");
        if (url.AbsolutePath == "/")
            url = new Uri(url, "/connection/websocket");
        try
        {
            var addresses = Dns.GetHostAddresses(url.DnsSafeHost);
            var address = Array.Find(addresses, each => each.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork) ?? addresses[0];
            return new Node(url, new IPEndPoint(address, url.Port));
        }
        catch (System.Net.Sockets.SocketException unknown)
        {
            throw new FormatException($"{url.Host}: {unknown.Message}", unknown);
        }
    }
}
