using System.Text.Json;
using PushGateway.Notifications;

namespace PushGateway.Protocol.Json;

/// <summary>Reads one command from one line of JSON. Throws what the JSON reader throws; <see cref="JsonProtocol"/> catches it.</summary>
internal ref struct JsonCommandReader(ReadOnlyMemory<byte> line)
{
    // A payload is two levels down, in the request in the command.
    private Utf8JsonReader _json = new(line.Span, new JsonReaderOptions { MaxDepth = JsonPayload.MaxDepth + 2 });

    /// <summary>Reads the whole line, so that anything behind the command is seen as an error as well.</summary>
    public Command Read()
    {
        uint id = 0;
        Request? request = null;
        _json.Read();
        Expect(JsonTokenType.StartObject);
        while (NextProperty())
        {
            if (_json.ValueTextEquals("id"u8))
            {
                id = ReadId();
                continue;
            }

            var next = ReadRequest();
            if (next is not null && request is not null)
                throw new JsonException("Two requests in one command.");

            request ??= next;
        }

        if (_json.Read())
            throw new JsonException("More than one value in a line.");

        return new Command(id, request);
    }

    private Request? ReadRequest()
    {
        if (_json.ValueTextEquals("connect"u8))
            return ReadConnect();
        if (_json.ValueTextEquals("subscribe"u8))
            return ReadSubscribe();
        if (_json.ValueTextEquals("unsubscribe"u8))
            return new UnsubscribeRequest(ReadPublish().Channel);
        if (_json.ValueTextEquals("publish"u8))
            return ReadPublish();
        if (_json.ValueTextEquals("ping"u8))
            return Skipping(new PingRequest());
        if (_json.ValueTextEquals("send"u8))
            return Skipping(new SendRequest());
        if (IsUnavailable())
            return Skipping(new UnavailableRequest());

        return Skipping(null);
    }

    private readonly bool IsUnavailable() =>
        _json.ValueTextEquals("presence"u8) || _json.ValueTextEquals("presence_stats"u8) || _json.ValueTextEquals("history"u8)
        || _json.ValueTextEquals("rpc"u8) || _json.ValueTextEquals("refresh"u8) || _json.ValueTextEquals("sub_refresh"u8);

    private ConnectRequest ReadConnect()
    {
        string? token = null;
        EnterObject();
        while (NextProperty())
        {
            if (_json.ValueTextEquals("token"u8))
                token = ReadString();
            else
                SkipValue();
        }

        return new ConnectRequest(token);
    }

    private SubscribeRequest ReadSubscribe()
    {
        string? channel = null, token = null;
        var recover = false;
        var flags = 0;
        var filter = false;
        EnterObject();
        while (NextProperty())
        {
            if (_json.ValueTextEquals("channel"u8))
                channel = ReadString();
            else if (_json.ValueTextEquals("token"u8))
                token = ReadString();
            else if (_json.ValueTextEquals("recover"u8))
                recover = ReadBoolean();
            else if (_json.ValueTextEquals("flag"u8))
                flags = ReadInt32();
            else if (_json.ValueTextEquals("tf"u8))
                filter = SkipValue() != JsonTokenType.Null;
            else
                SkipValue();
        }

        return new SubscribeRequest(channel) { Token = token, Recover = recover, Flags = flags, HasTagsFilter = filter };
    }

    private PublishRequest ReadPublish()
    {
        string? channel = null;
        ReadOnlyMemory<byte> data = default;
        EnterObject();
        while (NextProperty())
        {
            if (_json.ValueTextEquals("channel"u8))
                channel = ReadString();
            else if (_json.ValueTextEquals("data"u8))
                data = ReadRaw();
            else
                SkipValue();
        }

        return new PublishRequest(channel, data);
    }

    private bool NextProperty() => _json.Read() && _json.TokenType == JsonTokenType.PropertyName;

    private void EnterObject()
    {
        _json.Read();
        Expect(JsonTokenType.StartObject);
    }

    private uint ReadId()
    {
        _json.Read();
        Expect(JsonTokenType.Number);
        return _json.TryGetUInt32(out var value) ? value : throw new JsonException("An id is an unsigned 32-bit integer.");
    }

    private int ReadInt32()
    {
        _json.Read();
        Expect(JsonTokenType.Number);
        return _json.TryGetInt32(out var value) ? value : throw new JsonException("A flag is a 32-bit integer.");
    }

    private bool ReadBoolean()
    {
        _json.Read();
        return _json.TokenType is JsonTokenType.True or JsonTokenType.False ? _json.GetBoolean() : throw new JsonException("Expected true or false.");
    }

    private string? ReadString()
    {
        _json.Read();
        return _json.TokenType is JsonTokenType.String or JsonTokenType.Null ? _json.GetString() : throw new JsonException("Expected a string.");
    }

    private ReadOnlyMemory<byte> ReadRaw()
    {
        _json.Read();
        var start = (int)_json.TokenStartIndex;
        _json.Skip();
        return line[start..(int)_json.BytesConsumed];
    }

    private JsonTokenType SkipValue()
    {
        _json.Read();
        var type = _json.TokenType;
        _json.Skip();
        return type;
    }

    private Request? Skipping(Request? request)
    {
        SkipValue();
        return request;
    }

    private readonly void Expect(JsonTokenType type)
    {
        if (_json.TokenType != type)
            throw new JsonException($"Expected {type}, found {_json.TokenType}.");
    }
}
