using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace PushGateway.Benchmarks.Pings;

/// <summary>A process full of clients that do nothing but answer pings. It says <c>ready</c> when all are connected, and for each line it is given how many pings came so far.</summary>
internal static class Herd
{
    public const string Command = "pings-herd";

    // As many as a usual machine has time to take up at once.
    private const int ConnectingAtOnce = 64;

    private const int PingBytes = 4;

    private static readonly byte[] Handshake =
        "GET /connection/websocket HTTP/1.1\r\nHost: node\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"u8.ToArray();

    // Masked with zeros, which is as good as any mask.
    private static readonly byte[] Connect = [0x81, 0x80 | 21, 0, 0, 0, 0, .. """{"id":1,"connect":{}}"""u8];
    private static readonly byte[] Pong = [0x81, 0x80 | 2, 0, 0, 0, 0, .. "{}"u8];

    private static long _pings;

    public static async Task<int> RunAsync(string[] args)
    {
        var (from, to) = (new IPEndPoint(IPAddress.Parse(args[0]), 0), new IPEndPoint(IPAddress.Loopback, int.Parse(args[1], CultureInfo.InvariantCulture)));
        var clients = Enumerable.Range(0, int.Parse(args[2], CultureInfo.InvariantCulture));
        await Parallel.ForEachAsync(clients, new ParallelOptions { MaxDegreeOfParallelism = ConnectingAtOnce }, async (_, _) => _ = LiveAsync(await ConnectAsync(from, to)));
        await Console.Out.WriteLineAsync("ready");
        while (await Console.In.ReadLineAsync() is not null)
            await Console.Out.WriteLineAsync(Interlocked.Read(ref _pings).ToString(CultureInfo.InvariantCulture));
        return 0;
    }

    private static async Task<Socket> ConnectAsync(IPEndPoint from, IPEndPoint to)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.Bind(from);
        await socket.ConnectAsync(to);
        await socket.SendAsync(Handshake);
        await ReceiveAsync("\r\n\r\n"u8.ToArray());
        await socket.SendAsync(Connect);
        await ReceiveAsync("}}"u8.ToArray());
        return socket;

        async Task ReceiveAsync(byte[] end)
        {
            var buffer = new byte[1024];
            for (var length = 0; !buffer.AsSpan(0, length).EndsWith(end);)
                if (await socket.ReceiveAsync(buffer.AsMemory(length)) is > 0 and var count)
                    length += count;
                else
                    throw new EndOfStreamException("The node hung up.");
        }
    }

    private static async Task LiveAsync(Socket socket)
    {
        var buffer = new byte[16 * PingBytes];
        for (var length = 0; await socket.ReceiveAsync(buffer) is > 0 and var count;)
            for (length += count; length >= PingBytes; length -= PingBytes)
            {
                Interlocked.Increment(ref _pings);
                await socket.SendAsync(Pong);
            }

        // What is measured would be too small.
        Environment.FailFast("The node closed a connection.");
    }
}
