using PushGateway.Channels;
using PushGateway.Connections;
using PushGateway.Presence;
using PushGateway.Protocol;

namespace PushGateway.Transports;

/// <summary>
/// How messages look on the socket of one kind of client: an encoding inside a framing, such as JSON in WebSocket text frames. A publication is
/// encoded once per format, and all clients of that format get the same bytes.
/// </summary>
internal abstract class FrameFormat(int index)
{
    /// <summary>How many formats there are.</summary>
    public const int Count = 1;

    /// <summary>The place of the format in tables of <see cref="Count"/>.</summary>
    public int Index { get; } = index;

    public abstract IClientProtocol Protocol { get; }

    /// <summary>The frame of a ping, made once.</summary>
    public abstract byte[] Ping { get; }

    public abstract byte[] Encode(in Reply reply);

    public abstract byte[] Encode(string channel, Publication publication, PublicationForm form);

    /// <summary>The frame that tells who has joined or left.</summary>
    public abstract byte[] Encode(string channel, PresenceChangeKind kind, ClientInfo client);

    /// <summary>The frame that tells a client that the server has subscribed it.</summary>
    public abstract byte[] Encode(string channel, SubscribeResult result);

    /// <summary>The frame that ends a subscription.</summary>
    public abstract byte[] Encode(string channel, UnsubscribeReason reason);

    /// <summary>The last frame of a connection.</summary>
    public abstract byte[] Encode(CloseReason reason);
}
