using System.Buffers;
using System.Text.Json;
using PushGateway.Channels;
using PushGateway.Presence;

namespace PushGateway.Protocol.Json;

/// <summary>The JSON encoding: objects joined by line feeds, names in snake_case, defaults left out.</summary>
internal sealed class JsonProtocol : IClientProtocol
{
    public static readonly JsonProtocol Instance = new();

    public ReadOnlySpan<byte> Ping => "{}"u8;

    public bool TryRead(ref ReadOnlyMemory<byte> message, out Command command)
    {
        var lineFeed = message.Span.IndexOf((byte)'\n');
        var line = lineFeed < 0 ? message : message[..lineFeed];
        message = lineFeed < 0 ? default : message[(lineFeed + 1)..];
        try
        {
            command = new JsonCommandReader(line).Read();
            return true;
        }
        // InvalidOperationException is how the reader refuses an escaped half of a surrogate pair.
        catch (Exception malformed) when (malformed is JsonException or InvalidOperationException)
        {
            command = default;
            return false;
        }
    }

    public void Write(in Reply reply, IBufferWriter<byte> output)
    {
        var json = JsonOutput.Open(output);
        json.WriteStartObject();
        json.WriteNumber("id"u8, reply.Id);
        JsonResults.Write(json, reply.Result);
        json.WriteEndObject();
        json.Flush();
    }

    public void Write(string channel, PresenceChangeKind kind, ClientInfo client, IBufferWriter<byte> output)
    {
        var json = JsonOutput.Open(output);
        json.WriteStartObject();
        json.WriteStartObject("push"u8);
        json.WriteString("channel"u8, channel);
        json.WriteStartObject(kind == PresenceChangeKind.Left ? "leave"u8 : "join"u8);
        json.WritePropertyName("info"u8);
        JsonResults.Write(json, client);
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndObject();
        json.Flush();
    }

    public void Write(string channel, SubscribeResult result, IBufferWriter<byte> output)
    {
        var json = JsonOutput.Open(output);
        json.WriteStartObject();
        json.WriteStartObject("push"u8);
        json.WriteString("channel"u8, channel);
        json.WritePropertyName("subscribe"u8);
        JsonResults.Write(json, result with { Publications = [], IsRecovered = false, WasRecovering = false });
        json.WriteEndObject();
        json.WriteEndObject();
        json.Flush();
    }

    public void Write(string channel, UnsubscribeReason reason, IBufferWriter<byte> output)
    {
        var json = JsonOutput.Open(output);
        json.WriteStartObject();
        json.WriteStartObject("push"u8);
        json.WriteString("channel"u8, channel);
        json.WriteStartObject("unsubscribe"u8);
        json.WriteNumber("code"u8, reason.Code);
        json.WriteString("reason"u8, reason.Text);
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndObject();
        json.Flush();
    }

    public void Write(string channel, Publication publication, PublicationForm form, IBufferWriter<byte> output)
    {
        var json = JsonOutput.Open(output);
        json.WriteStartObject();
        json.WriteStartObject("push"u8);
        json.WriteString("channel"u8, channel);
        json.WriteStartObject("pub"u8);
        JsonResults.WritePublication(json, publication, form);
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndObject();
        json.Flush();
    }
}
