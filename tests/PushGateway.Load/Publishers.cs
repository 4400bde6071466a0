using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace PushGateway.Load;

/// <summary>Keep-alive connections that post notifications, one at a time each, on the thread of the <see cref="Swarm"/>.</summary>
internal sealed class Publishers : IDisposable
{
    /// <summary>Their events have tokens from this one up, which no client has.</summary>
    public const long FirstToken = 1L << 32;

    private const int MaxAnswerBytes = 16 * 1024;

    // Samples: behind them come the same ones.
    private const int MaxComplaints = 3;

    private static ReadOnlySpan<byte> End => "\"}"u8;

    private readonly Poller _poller;
    private readonly Connection[] _connections;
    private readonly Stack<int> _free = [];
    private readonly byte[] _request;
    private readonly string _key;
    private readonly byte[] _payload;
    private readonly Action<uint, bool, long> _onAnswer;
    private int _complaints;

    /// <summary>Begins to connect them, to the nodes by turns. Each is free once it is.</summary>
    /// <param name="poller">Tells which of them has been answered.</param>
    /// <param name="nodes">The nodes.</param>
    /// <param name="count">How many.</param>
    /// <param name="key">The API key.</param>
    /// <param name="payloadBytes">The length of what is published, the marker included.</param>
    /// <param name="onAnswer">Called with the number of a publication, whether it was taken, and the nanoseconds it took.</param>
    public Publishers(Poller poller, IReadOnlyList<Node> nodes, int count, string key, int payloadBytes, Action<uint, bool, long> onAnswer)
    {
        (_poller, _key, _onAnswer) = (poller, key, onAnswer);
        _payload = new byte[payloadBytes];
        _payload.AsSpan().Fill((byte)'x');
        _request = new byte[payloadBytes + 1024];
        _connections = new Connection[count];
        for (var i = 0; i < count; i++)
        {
            var node = nodes[i % nodes.Count];
            var socket = Posix.OpenSocket((int)node.Address.AddressFamily);
            var address = node.Address.Serialize();
            if (!Posix.TryConnect(socket, address.Buffer.Span[..address.Size]))
                throw new IOException($"Nobody listens at {node.Url.Authority}.");

            _connections[i] = new Connection(socket, node.Url.Authority);
            poller.Add(socket, FirstToken + i, untilConnected: true);
        }
    }

    /// <summary>Whether one is free.</summary>
    public bool AnyFree => _free.Count > 0;

    /// <summary>Publishes, if a connection is free.</summary>
    public void Publish(string channel, Marker marker)
    {
        marker.Write(_payload);
        var connection = _connections[_free.Pop()];
        var body = $"{{\"channel\":\"{channel}\",\"data\":\"";
        var head = string.Create(
            CultureInfo.InvariantCulture,
            $"POST /v1/notifications HTTP/1.1\r\nHost: {connection.Host}\r\nContent-Type: application/json\r\nX-API-Key: {_key}\r\nContent-Length: {body.Length + _payload.Length + End.Length}\r\n\r\n{body}");
        var length = Encoding.UTF8.GetBytes(head, _request);
        _payload.CopyTo(_request, length);
        length += _payload.Length;
        End.CopyTo(_request.AsSpan(length));
        length += End.Length;
        (connection.Number, connection.Begun, connection.Length) = (marker.Number, Clock.Now, 0);
        if (Posix.Write(connection.Socket, _request.AsSpan(0, length)) != length)
            throw new IOException("The node takes no notifications.");
    }

    /// <summary>Something has come on a connection.</summary>
    public void OnEvent(int index)
    {
        var connection = _connections[index];
        if (!connection.IsOpen)
        {
            connection.IsOpen = true;
            _poller.WatchInput(connection.Socket, FirstToken + index);
            _free.Push(index);
            return; // What else there is comes again.
        }

        var count = Posix.Read(connection.Socket, connection.Answer.AsSpan(connection.Length));
        if (count < 0 && Marshal.GetLastPInvokeError() == Posix.WouldBlock)
            return;
        if (count <= 0)
            throw new IOException("The node cut off a publisher.");

        connection.Length += count;
        ReadOnlySpan<byte> answer = connection.Answer.AsSpan(0, connection.Length);
        if (!Answer.TryRead(answer, out var status))
            return;

        var taken = status / 100 == 2;
        if (!taken && _complaints++ < MaxComplaints)
            Console.Error.WriteLine($"refused: {Encoding.UTF8.GetString(answer[..Math.Min(300, answer.Length)])}");
        _free.Push(index);
        _onAnswer(connection.Number, taken, Clock.Now - connection.Begun);
    }

    public void Dispose()
    {
        foreach (var connection in _connections)
            Posix.Reset(connection.Socket);
    }

    private sealed class Connection(int socket, string host)
    {
        public int Socket { get; } = socket;

        public string Host { get; } = host;

        public byte[] Answer { get; } = new byte[MaxAnswerBytes];

        public bool IsOpen { get; set; }

        public int Length { get; set; }

        public uint Number { get; set; }

        public long Begun { get; set; }
    }
}
