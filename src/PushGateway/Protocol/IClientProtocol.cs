using System.Buffers;
using PushGateway.Channels;
using PushGateway.Presence;

namespace PushGateway.Protocol;

/// <summary>One encoding of the client protocol's messages. Framing, such as that of WebSocket, is the transport's part.</summary>
/// <remarks>Implementations have no state and are used by all connections at once.</remarks>
internal interface IClientProtocol
{
    /// <summary>Reads one command off the front of a message that holds one or more.</summary>
    /// <param name="message">The message; afterwards what is left of it.</param>
    /// <param name="command">The command. Its memory is part of the message.</param>
    /// <returns>False when the message is malformed. Never throws, whatever the bytes.</returns>
    bool TryRead(ref ReadOnlyMemory<byte> message, out Command command);

    /// <summary>Writes the answer to a command.</summary>
    void Write(in Reply reply, IBufferWriter<byte> output);

    /// <summary>Writes a publication of a channel.</summary>
    /// <param name="channel">The channel.</param>
    /// <param name="publication">The publication; in the form of a difference, its data is that.</param>
    /// <param name="form">How its data travels.</param>
    /// <param name="output">Where to.</param>
    void Write(string channel, Publication publication, PublicationForm form, IBufferWriter<byte> output);

    /// <summary>Writes that somebody has joined or left a channel.</summary>
    void Write(string channel, PresenceChangeKind kind, ClientInfo client, IBufferWriter<byte> output);

    /// <summary>Writes that the server has subscribed the client. Publications it missed are not a part of it.</summary>
    void Write(string channel, SubscribeResult result, IBufferWriter<byte> output);

    /// <summary>Writes that a subscription has ended.</summary>
    void Write(string channel, UnsubscribeReason reason, IBufferWriter<byte> output);

    /// <summary>What the server sends as a ping.</summary>
    ReadOnlySpan<byte> Ping { get; }
}
