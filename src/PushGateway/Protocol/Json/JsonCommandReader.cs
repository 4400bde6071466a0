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
        if (_json.ValueTextEquals("history"u8))
            return ReadHistory();
        if (_json.ValueTextEquals("presence"u8))
            return new PresenceRequest(ReadPublish().Channel);
        if (_json.ValueTextEquals("presence_stats"u8))
            return new PresenceStatsRequest(ReadPublish().Channel);
        if (_json.ValueTextEquals("ping"u8))
            return Skipping(new PingRequest());
        if (_json.ValueTextEquals("send"u8))
            return Skipping(new SendRequest());
        if (_json.ValueTextEquals("refresh"u8))
            return ReadRefresh();
        if (_json.ValueTextEquals("sub_refresh"u8))
            return ReadSubscriptionRefresh();
        if (_json.ValueTextEquals("rpc"u8))
            return Skipping(new UnavailableRequest());

        return Skipping(null);
    }

    private RefreshRequest ReadRefresh()
    {
        var (_, token) = ReadTokenOfChannel();
        return new RefreshRequest(token);
    }

    private SubscriptionRefreshRequest ReadSubscriptionRefresh()
    {
        var (channel, token) = ReadTokenOfChannel();
        return new SubscriptionRefreshRequest(channel, token);
    }

    private (string? Channel, string? Token) ReadTokenOfChannel()
    {
        string? channel = null, token = null;
        EnterObject();
        while (NextProperty())
        {
            if (_json.ValueTextEquals("channel"u8))
                channel = ReadString();
            else if (_json.ValueTextEquals("token"u8))
                token = ReadString();
            else
                SkipValue();
        }

        return (channel, token);
    }

    private ConnectRequest ReadConnect()
    {
        var connect = new ConnectRequest();
        EnterObject();
        while (NextProperty())
        {
            if (_json.ValueTextEquals("token"u8))
                connect = connect with { Token = ReadString() };
            else if (_json.ValueTextEquals("subs"u8))
                connect = connect with { Subscriptions = ReadSubscriptions() };
            else if (_json.ValueTextEquals("name"u8))
                connect = connect with { Name = ReadString() };
            else if (_json.ValueTextEquals("version"u8))
                connect = connect with { Version = ReadString() };
            else if (_json.ValueTextEquals("data"u8))
                connect = connect with { Data = ReadRaw().ToArray() };
            else if (_json.ValueTextEquals("headers"u8))
                connect = connect with { Headers = ReadHeaders() };
            else
                SkipValue();
        }

        return connect;
    }

    private Dictionary<string, string>? ReadHeaders()
    {
        _json.Read();
        if (_json.TokenType == JsonTokenType.Null)
            return null;

        Expect(JsonTokenType.StartObject);
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        while (NextProperty())
        {
            var name = _json.GetString()!;
            headers[name] = ReadString() ?? "";
            if (headers.Count > ConnectRequest.MaxHeaders)
                throw new JsonException("Too many headers.");
        }

        return headers;
    }

    private Dictionary<string, SubscribeRequest> ReadSubscriptions()
    {
        var subscriptions = new Dictionary<string, SubscribeRequest>(StringComparer.Ordinal);
        EnterObject();
        while (NextProperty())
        {
            var channel = _json.GetString()!;
            subscriptions[channel] = ReadSubscribe() with { Channel = channel };
        }

        return subscriptions;
    }

    private SubscribeRequest ReadSubscribe()
    {
        var subscribe = new SubscribeRequest(Channel: null);
        EnterObject();
        while (NextProperty())
        {
            if (_json.ValueTextEquals("channel"u8))
                subscribe = subscribe with { Channel = ReadString() };
            else if (_json.ValueTextEquals("token"u8))
                subscribe = subscribe with { Token = ReadString() };
            else if (_json.ValueTextEquals("recover"u8))
                subscribe = subscribe with { Recover = ReadBoolean() };
            else if (_json.ValueTextEquals("epoch"u8))
                subscribe = subscribe with { Since = subscribe.Since with { Epoch = ReadString() ?? "" } };
            else if (_json.ValueTextEquals("offset"u8))
                subscribe = subscribe with { Since = subscribe.Since with { Offset = ReadUInt64() } };
            else if (_json.ValueTextEquals("positioned"u8))
                subscribe = subscribe with { IsPositioned = ReadBoolean() };
            else if (_json.ValueTextEquals("join_leave"u8))
                subscribe = subscribe with { WantsJoinLeave = ReadBoolean() };
            else if (_json.ValueTextEquals("delta"u8))
                subscribe = subscribe with { Delta = ReadString() };
            else if (_json.ValueTextEquals("flag"u8))
                subscribe = subscribe with { Flags = ReadInt32() };
            else if (_json.ValueTextEquals("data"u8))
                subscribe = subscribe with { Data = ReadRaw().ToArray() };
            else if (_json.ValueTextEquals("tf"u8))
                subscribe = subscribe with { HasTagsFilter = SkipValue() != JsonTokenType.Null };
            else
                SkipValue();
        }

        return subscribe;
    }

    private HistoryRequest ReadHistory()
    {
        var history = new HistoryRequest(Channel: null);
        EnterObject();
        while (NextProperty())
        {
            if (_json.ValueTextEquals("channel"u8))
                history = history with { Channel = ReadString() };
            else if (_json.ValueTextEquals("limit"u8))
                history = history with { Limit = ReadInt32() };
            else if (_json.ValueTextEquals("since"u8))
                history = history with { Since = ReadSince() };
            else if (_json.ValueTextEquals("reverse"u8))
                history = history with { Reverse = ReadBoolean() };
            else
                SkipValue();
        }

        return history;
    }

    private (ulong Offset, string? Epoch)? ReadSince()
    {
        _json.Read();
        if (_json.TokenType == JsonTokenType.Null)
            return null;

        Expect(JsonTokenType.StartObject);
        ulong offset = 0;
        string? epoch = null;
        while (NextProperty())
        {
            if (_json.ValueTextEquals("offset"u8))
                offset = ReadUInt64();
            else if (_json.ValueTextEquals("epoch"u8))
                epoch = ReadString();
            else
                SkipValue();
        }

        return (offset, epoch);
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
        return _json.TryGetInt32(out var value) ? value : throw new JsonException("A flag or a limit is a 32-bit integer.");
    }

    private ulong ReadUInt64()
    {
        _json.Read();
        Expect(JsonTokenType.Number);
        return _json.TryGetUInt64(out var value) ? value : throw new JsonException("An offset is an unsigned 64-bit integer.");
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
