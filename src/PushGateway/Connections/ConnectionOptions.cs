namespace PushGateway.Connections;

/// <summary>Times and limits of client connections, section <c>PushGateway:Connections</c>. Times are kept to the second: never shorter, and up to a second longer.</summary>
public sealed class ConnectionOptions
{
    /// <summary>How often the server pings a client. Default 25 s, which proxies that cut idle connections after 30 s let live.</summary>
    public TimeSpan PingInterval { get; set; } = TimeSpan.FromSeconds(25);

    /// <summary>How long a client may take to answer a ping, then it is closed with 3012. Default 8 s. Shorter than <see cref="PingInterval"/>.</summary>
    public TimeSpan PongTimeout { get; set; } = TimeSpan.FromSeconds(8);

    /// <summary>How long a client may take from the open socket to its connect command, then it is closed with 3502. Default 10 s.</summary>
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a client may take to answer a close frame, then its socket is cut. Default 5 s.</summary>
    public TimeSpan CloseTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Whether clients that connect to the server without TLS are served on their bare sockets, which costs a connection less than half of what it costs as a request. Default: yes. In an
    /// application of yours it takes <c>AddSocketListener()</c> as well.
    /// </summary>
    public bool BareSockets { get; set; } = true;

    /// <summary>
    /// Whether memory is given back to the system once three of four clients, and at least 1,000, have left: the node stands still for some milliseconds then. Default: yes.
    /// </summary>
    public bool ReleaseMemory { get; set; } = true;

    /// <summary>The largest message a client may send, in bytes. Default 65,536. A larger one closes the connection with WebSocket code 1009.</summary>
    public int MaxMessageBytes { get; set; } = 64 * 1024;

    /// <summary>What may wait for one client that reads slowly, in bytes. Default 1,048,576. Beyond it the client is closed with 3008.</summary>
    public int OutboxBytes { get; set; } = 1024 * 1024;

    /// <summary>How many channels one connection may be subscribed to. Default 128. One more is refused with error 106.</summary>
    public int MaxSubscriptions { get; set; } = 128;

    /// <summary>
    /// How many clients a node serves at a time. Default 100,000, which is about a gigabyte of memory while they are idle; 0 for any number. More are answered with 503 and <c>Retry-After</c>.
    /// </summary>
    public int MaxConnections { get; set; } = 100_000;

    /// <summary>How long a client may take from the open socket to its complete request, over TLS as well; then the socket is cut. Default 10 s.</summary>
    /// <remarks>In an application of yours it takes <c>AddSocketListener()</c>, and for the requests behind the first the application's own <c>RequestHeadersTimeout</c> counts.</remarks>
    public TimeSpan HandshakeTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How many sockets may be open that have not sent a complete request. Default 10,000. For one more the oldest of them is cut, so that whoever opens sockets and says nothing keeps nobody out.
    /// </summary>
    /// <remarks>In an application of yours it takes <c>AddSocketListener()</c>.</remarks>
    public int MaxPendingHandshakes { get; set; } = 10_000;

    /// <summary>The most bytes of headers in a request to the server, whatever it is for. Default 32,768. More are answered with 431.</summary>
    /// <remarks>In an application of yours the server's own <c>MaxRequestHeadersTotalSize</c> counts.</remarks>
    public int MaxHeaderBytes { get; set; } = 32 * 1024;

    /// <summary>
    /// How many handshakes a node accepts a second, so that a herd cannot take it down. Default 1,000; 0 for any number. More are answered with 503 and <c>Retry-After</c>.
    /// </summary>
    public int HandshakesPerSecond { get; set; } = 1000;

    /// <summary>How many handshakes a node accepts at once when there were few before. Default 10,000.</summary>
    public int HandshakeBurst { get; set; } = 10_000;

    /// <summary>
    /// How many commands a client may send a second on average. Default 100; 0 for any number. Those beyond are answered with error 111, and a client that goes on is closed with 3013. Pongs
    /// do not count.
    /// </summary>
    public int CommandsPerSecond { get; set; } = 100;

    /// <summary>
    /// How many commands a client may send at once when it sent few before, and how many may be answered with error 111 before it is closed. Default 1,000. More than
    /// <see cref="MaxSubscriptions"/>, or a client that comes back could not subscribe again.
    /// </summary>
    public int CommandBurst { get; set; } = 1000;

    /// <summary>How many connections a user may have on one node. Default 0, for any number. One more is closed with 3504, and stays away.</summary>
    public int MaxConnectionsPerUser { get; set; }

    /// <summary>
    /// How long a client may go on when its token has ended, so that it can bring a new one. Default 25 s; at most an hour. Then its connection is closed with 3005, or its subscription ends
    /// with 2501.
    /// </summary>
    public TimeSpan ExpiryGrace { get; set; } = TimeSpan.FromSeconds(25);

    /// <summary>How long a node stays subscribed at the broker after the last subscriber of a channel left, so that a reload costs nothing. Default 5 s.</summary>
    public TimeSpan ChannelLinger { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// The most publications that a client gets at once when it comes back. Default 1,000. One that missed more is told so (<c>recovered</c> is absent) and gets none.
    /// </summary>
    public int MaxRecoveredPublications { get; set; } = 1000;

    /// <summary>
    /// The most bytes of payload that a client gets at once when it comes back, or asks for history. Default 4,194,304. One that missed more is told so, as above; a page of history ends
    /// early. Such a reply may wait for its client beside <see cref="OutboxBytes"/>.
    /// </summary>
    public int MaxRecoveryBytes { get; set; } = 4 * 1024 * 1024;

    /// <summary>The most publications that one <c>history</c> command may ask for. Default 300; to ask for more is error 107.</summary>
    public int MaxHistoryLimit { get; set; } = 300;

    /// <summary>The most clients that one <c>presence</c> command answers with. Default 1,000, which is also the most; where more are in the channel it is error 106, and <c>presence_stats</c> counts them.</summary>
    public int MaxPresenceClients { get; set; } = 1000;

    /// <summary>The most bytes of what may be known about a connection, or about a client in a channel, beside its user. Default 4,096, at most 65,535.</summary>
    public int MaxInfoBytes { get; set; } = 4096;

    /// <summary>
    /// How often the position of a channel with history is compared with the broker's, which finds a lost publication that nothing followed. Default 30 s. Costs one small read a channel.
    /// </summary>
    public TimeSpan PositionCheckInterval { get; set; } = TimeSpan.FromSeconds(30);
}
