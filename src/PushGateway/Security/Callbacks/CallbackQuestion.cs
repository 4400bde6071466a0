using System.Buffers;
using System.Text.Json;
using PushGateway.Security.Authorization;

namespace PushGateway.Security.Callbacks;

/// <summary>Questions as back ends get them: the fields of Centrifugo's proxy, so that handlers for it serve both.</summary>
internal static class CallbackQuestion
{
    /// <summary>Who is this?</summary>
    /// <param name="question">The client.</param>
    /// <param name="headers">Those of its headers that the back end may see: in the body too, where the signature covers them.</param>
    public static ReadOnlyMemory<byte> Of(ConnectQuestion question, IReadOnlyDictionary<string, string> headers)
    {
        var body = new ArrayBufferWriter<byte>();
        using var json = Open(body, question.Client);
        var request = question.Request;
        if (request.Name is { Length: > 0 } name)
            json.WriteString("name"u8, name);
        if (request.Version is { Length: > 0 } version)
            json.WriteString("version"u8, version);
        WriteRaw(json, "data"u8, request.Data.Span);
        if (headers.Count > 0)
        {
            json.WriteStartObject("headers"u8);
            foreach (var (header, value) in headers)
                json.WriteString(header, value);
            json.WriteEndObject();
        }

        json.WriteEndObject();
        json.Flush();
        return body.WrittenMemory;
    }

    /// <summary>May it do this?</summary>
    public static ReadOnlyMemory<byte> Of(ChannelRequest request)
    {
        var body = new ArrayBufferWriter<byte>();
        using var json = Open(body, request.Client);
        json.WriteString("user"u8, request.User);
        json.WriteString("channel"u8, request.Channel);
        WriteRaw(json, "data"u8, request.Data.Span);
        if (request.Meta is { } meta)
        {
            json.WritePropertyName("meta"u8);
            json.WriteRawValue(meta, skipInputValidation: true);
        }

        json.WriteEndObject();
        json.Flush();
        return body.WrittenMemory;
    }

    private static Utf8JsonWriter Open(ArrayBufferWriter<byte> body, string client)
    {
        var json = new Utf8JsonWriter(body);
        json.WriteStartObject();
        json.WriteString("client"u8, client);
        json.WriteString("transport"u8, "websocket"u8);
        json.WriteString("protocol"u8, "json"u8);
        json.WriteString("encoding"u8, "json"u8);
        return json;
    }

    private static void WriteRaw(Utf8JsonWriter json, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        if (value.IsEmpty)
            return;

        json.WritePropertyName(name);
        json.WriteRawValue(value, skipInputValidation: true);
    }
}
