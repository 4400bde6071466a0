using System.Buffers.Text;
using System.Globalization;
using System.Net;
using System.Runtime.InteropServices;
using System.Text;

namespace PushGateway.Load;

/// <summary>
/// Clients of the gateway by the thousand, on one thread: they connect, subscribe, answer pings, say what came, and come back when they are cut off. A client costs the kernel's socket
/// and some hundred bytes.
/// </summary>
/// <param name="poller">Tells which of them has something to read.</param>
/// <param name="options">Whom they connect to.</param>
/// <param name="onDelivery">What is done with each publication that comes.</param>
internal sealed class Swarm(Poller poller, SwarmOptions options, Action<Client, Marker, long> onDelivery)
{
    /// <summary>The longest frame that is read. What the gateway lets through by default is shorter.</summary>
    public const int MaxFrameBytes = 512 * 1024;

    // The samples of a run that are shown: behind them come the same ones.
    private const int MaxComplaints = 3;

    // A frame that is not whole, and what is read behind it.
    private readonly byte[] _buffer = new byte[2 * MaxFrameBytes];
    private readonly List<Client> _clients = [];
    private readonly Queue<(long Due, Client Client)> _away = [];
    private readonly byte[] _pong = Frames.Make(Frames.Text, "{}"u8);
    private int _connecting, _begun, _complaints;

    /// <summary>All of them.</summary>
    public IReadOnlyList<Client> Clients => _clients;

    public int Ready { get; private set; }

    /// <summary>How many were refused or cut off before they were ready.</summary>
    public long Failed { get; private set; }

    /// <summary>How many were cut off after they were ready; each comes back.</summary>
    public long Lost { get; private set; }

    public long Pings { get; private set; }

    /// <summary>Called when a client is ready (true), and when it no longer is (false).</summary>
    public Action<Client, bool>? ReadyChanged { get; init; }

    /// <summary>Has so many clients in all, which connect while <see cref="Step"/> is called.</summary>
    public void GrowTo(int count)
    {
        while (_clients.Count < count)
            _clients.Add(new Client(_clients.Count));
    }

    /// <summary>Begins what is due. Called between waits.</summary>
    public void Step(long now)
    {
        while (_connecting < options.ConnectingAtOnce)
        {
            if (_away.TryPeek(out var first) && first.Due <= now)
                Begin(_away.Dequeue().Client);
            else if (_begun < _clients.Count)
                Begin(_clients[_begun++]);
            else
                break;
        }
    }

    /// <summary>Something has happened to a client's socket.</summary>
    public void OnEvent(int index)
    {
        var client = _clients[index];
        if (client.State == ClientState.Connecting)
            ShakeHands(client);
        if (client.State != ClientState.Away)
            Read(client);
    }

    /// <summary>Cuts all connections.</summary>
    public void CutAll()
    {
        foreach (var client in _clients)
            if (client.State != ClientState.Away)
                Posix.Reset(client.Socket);
    }

    private Node NodeOf(Client client) => options.Nodes[client.Index % options.Nodes.Count];

    private void Begin(Client client)
    {
        var address = NodeOf(client).Address;
        client.Socket = Posix.OpenSocket((int)address.AddressFamily);
        client.State = ClientState.Connecting;
        _connecting++;
        if (options.Source is { } first)
            Posix.BindTo(client.Socket, Native(new IPEndPoint(Following(first, client.Index / options.Nodes.Count / options.ConnectionsPerSource), 0)));
        if (Posix.TryConnect(client.Socket, Native(address)))
            poller.Add(client.Socket, client.Index, untilConnected: true);
        else
            End(client, "cannot connect");
    }

    private void ShakeHands(Client client)
    {
        var url = NodeOf(client).Url;
        client.State = ClientState.ShakingHands;
        poller.WatchInput(client.Socket, client.Index);
        Write(
            client,
            Encoding.ASCII.GetBytes(
                $"GET {url.PathAndQuery} HTTP/1.1\r\nHost: {url.Authority}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"));
    }

    private void Subscribe(Client client)
    {
        var commands = new StringBuilder("""{"id":1,"connect":{}}""");
        var id = 1;
        foreach (var channel in options.ChannelsOf(client.Index))
            commands.Append('\n').Append(CultureInfo.InvariantCulture, $$$"""{"id":{{{++id}}},"subscribe":{"channel":"{{{channel}}}"}}""");
        client.State = ClientState.Subscribing;
        Write(client, Frames.Make(Frames.Text, Encoding.UTF8.GetBytes(commands.ToString())));
    }

    private void Read(Client client)
    {
        var kept = client.Rest?.Length ?? 0;
        client.Rest?.CopyTo(_buffer, 0);
        var count = Posix.Read(client.Socket, _buffer.AsSpan(kept));
        if (count < 0 && Marshal.GetLastPInvokeError() == Posix.WouldBlock)
            return;
        if (count <= 0)
        {
            End(client, "cut off");
            return;
        }

        ReadOnlySpan<byte> input = _buffer.AsSpan(0, kept + count);
        if (client.State == ClientState.ShakingHands && !TryEndHandshake(client, ref input))
        {
            Keep(client, input);
            return;
        }

        var now = Clock.Now;
        while (client.State >= ClientState.Subscribing && Frames.TryRead(ref input, out var opcode, out var payload))
            Take(client, opcode, payload, now);
        Keep(client, input);
    }

    private static void Keep(Client client, ReadOnlySpan<byte> rest) =>
        client.Rest = rest.IsEmpty || client.State == ClientState.Away ? null : rest.ToArray();

    private bool TryEndHandshake(Client client, ref ReadOnlySpan<byte> input)
    {
        var end = input.IndexOf("\r\n\r\n"u8);
        if (end < 0)
            return false;

        if (!input.StartsWith("HTTP/1.1 101"u8))
        {
            End(client, Encoding.UTF8.GetString(input[..input.IndexOf((byte)'\r')]));
            return false;
        }

        input = input[(end + 4)..];
        Subscribe(client);
        return true;
    }

    private void Take(Client client, int opcode, ReadOnlySpan<byte> payload, long now)
    {
        switch (opcode)
        {
            case Frames.Text:
                foreach (var line in payload.Split((byte)'\n'))
                    TakeMessage(client, payload[line], now);
                break;
            case Frames.Ping:
                Write(client, Frames.Make(Frames.Pong, payload));
                break;
            case Frames.Close:
                End(client, "closed: " + (payload.Length > 2 ? $"{(payload[0] << 8) | payload[1]} {Encoding.UTF8.GetString(payload[2..])}" : "without a reason"));
                break;
        }
    }

    private void TakeMessage(Client client, ReadOnlySpan<byte> message, long now)
    {
        if (message.SequenceEqual("{}"u8))
        {
            Pings++;
            Write(client, _pong);
        }
        else if (client.State == ClientState.Subscribing && message.StartsWith("{\"id\":"u8))
        {
            TakeReply(client, message);
        }
        else
        {
            while (Marker.TryFind(ref message, out var marker))
                onDelivery(client, marker, now);
        }
    }

    private void TakeReply(Client client, ReadOnlySpan<byte> reply)
    {
        var last = 1 + options.ChannelsOf(client.Index).Count;
        if (reply.IndexOf("\"error\""u8) >= 0)
        {
            End(client, Encoding.UTF8.GetString(reply));
        }
        else if (Utf8Parser.TryParse(reply[6..], out int id, out _) && id == last)
        {
            client.State = ClientState.Ready;
            _connecting--;
            Ready++;
            ReadyChanged?.Invoke(client, true);
        }
    }

    // What a client says is small: it fits into an empty socket, or the connection is broken.
    private void Write(Client client, ReadOnlySpan<byte> bytes)
    {
        if (client.State != ClientState.Away && Posix.Write(client.Socket, bytes) != bytes.Length)
            End(client, "cannot write");
    }

    private void End(Client client, string why)
    {
        var wasReady = client.State == ClientState.Ready;
        Posix.Reset(client.Socket);
        (client.State, client.Socket, client.Rest) = (ClientState.Away, -1, null);
        if (_complaints++ < MaxComplaints)
            Console.Error.WriteLine($"client {client.Index}: {why}");
        if (wasReady)
        {
            Ready--;
            Lost++;
            ReadyChanged?.Invoke(client, false);
        }
        else
        {
            _connecting--;
            Failed++;
        }

        _away.Enqueue((Clock.Now + (long)options.StaysAway.TotalNanoseconds, client));
    }

    private static ReadOnlySpan<byte> Native(IPEndPoint address)
    {
        var native = address.Serialize();
        return native.Buffer.Span[..native.Size];
    }

    private static IPAddress Following(IPAddress first, int steps)
    {
        var bytes = first.GetAddressBytes();
        bytes[^1] += (byte)steps;
        return new IPAddress(bytes);
    }
}
