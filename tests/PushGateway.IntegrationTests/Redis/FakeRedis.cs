using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace PushGateway.IntegrationTests.Redis;

/// <summary>The far end of a connection, which answers what a test wants it to.</summary>
internal sealed class FakeRedis : IAsyncDisposable
{
    /// <summary>An answer that closes the connection instead.</summary>
    public const string Hangup = "hangup";

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentQueue<Socket> _sockets = [];
    private readonly Task _accepting;
    private int _connections;

    public FakeRedis()
    {
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public EndPoint EndPoint => _listener.LocalEndpoint;

    /// <summary>How often somebody connected.</summary>
    public int Connections => Volatile.Read(ref _connections);

    public string Role { get; set; } = "master";

    /// <summary>Says what is answered to a publication, given the number of the connection and the words; null for nothing.</summary>
    public Func<int, string[], string?> OnPublish { get; set; } = (_, _) => ":0\r\n";

    /// <summary>Says something unasked on the latest connection.</summary>
    public void Say(string text) => _sockets.Last().Send(Encoding.Latin1.GetBytes(text));

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        foreach (var socket in _sockets)
            socket.Dispose();
        await _accepting;
    }

    private async Task AcceptAsync()
    {
        var serving = new List<Task>();
        try
        {
            while (true)
            {
                var socket = await _listener.AcceptSocketAsync();
                _sockets.Enqueue(socket);
                serving.Add(ServeAsync(socket, Interlocked.Increment(ref _connections)));
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(serving);
        }
    }

    private async Task ServeAsync(Socket socket, int connection)
    {
        try
        {
            using var stream = new NetworkStream(socket);
            using var buffered = new BufferedStream(stream); // For reading alone.
            while (await ReadWordsAsync(buffered) is { } words)
                if (Answer(connection, words) is { } answer)
                {
                    if (answer == Hangup)
                        break;
                    await stream.WriteAsync(Encoding.Latin1.GetBytes(answer));
                }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // The other side is gone.
        }

        socket.Dispose();
    }

    private string? Answer(int connection, string[] words) => words[0] switch
    {
        "CLIENT" => "+OK\r\n",
        "ROLE" => $"*3\r\n${Role.Length}\r\n{Role}\r\n:0\r\n*0\r\n",
        "SCRIPT" => "$4\r\nhash\r\n",
        _ => OnPublish(connection, words),
    };

    private static async Task<string[]?> ReadWordsAsync(BufferedStream stream)
    {
        if (await ReadLineAsync(stream) is not { } head)
            return null;
        var words = new string[int.Parse(head[1..], CultureInfo.InvariantCulture)];
        for (var i = 0; i < words.Length; i++)
        {
            var bytes = new byte[int.Parse((await ReadLineAsync(stream))![1..], CultureInfo.InvariantCulture) + 2];
            await stream.ReadExactlyAsync(bytes);
            words[i] = Encoding.Latin1.GetString(bytes.AsSpan(..^2));
        }

        return words;
    }

    private static async Task<string?> ReadLineAsync(BufferedStream stream)
    {
        var line = new StringBuilder();
        var next = new byte[1];
        while (line.Length < 2 || line[^2] != '\r' || line[^1] != '\n')
        {
            if (await stream.ReadAsync(next) == 0)
                return null;
            line.Append((char)next[0]);
        }

        return line.ToString(0, line.Length - 2);
    }
}
