using PushGateway.Channels;
using PushGateway.Connections;
using PushGateway.Presence;
using PushGateway.Protocol;
using PushGateway.Protocol.Json;

namespace PushGateway.Transports.WebSockets;

/// <summary>Messages of one encoding, each in a WebSocket frame of its own.</summary>
internal sealed class WebSocketFormat : FrameFormat
{
    public static readonly WebSocketFormat Json = new(0, JsonProtocol.Instance, Opcode.Text);

    private WebSocketFormat(int index, IClientProtocol protocol, Opcode opcode) : base(index)
    {
        Protocol = protocol;
        Opcode = opcode;
        Ping = Frame.Make(opcode, protocol.Ping);
    }

    public override IClientProtocol Protocol { get; }

    public override byte[] Ping { get; }

    /// <summary>The kind of message, in both directions.</summary>
    public Opcode Opcode { get; }

    public override byte[] Encode(in Reply reply)
    {
        var buffer = FrameBuffer.Open();
        Protocol.Write(reply, buffer);
        return buffer.ToFrame(Opcode);
    }

    public override byte[] Encode(string channel, Publication publication, PublicationForm form)
    {
        var buffer = FrameBuffer.Open();
        Protocol.Write(channel, publication, form, buffer);
        return buffer.ToFrame(Opcode);
    }

    public override byte[] Encode(string channel, PresenceChangeKind kind, ClientInfo client)
    {
        var buffer = FrameBuffer.Open();
        Protocol.Write(channel, kind, client, buffer);
        return buffer.ToFrame(Opcode);
    }

    public override byte[] Encode(string channel, SubscribeResult result)
    {
        var buffer = FrameBuffer.Open();
        Protocol.Write(channel, result, buffer);
        return buffer.ToFrame(Opcode);
    }

    public override byte[] Encode(string channel, UnsubscribeReason reason)
    {
        var buffer = FrameBuffer.Open();
        Protocol.Write(channel, reason, buffer);
        return buffer.ToFrame(Opcode);
    }

    public override byte[] Encode(CloseReason reason) => Frame.MakeClose(reason);
}
