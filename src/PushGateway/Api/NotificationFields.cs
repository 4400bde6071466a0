using System.Text.Json;
using PushGateway.Notifications;

namespace PushGateway.Api;

/// <summary>
/// What stands in the fields of a notification, taken in one pass over the text and before any rule is checked. Payload and numbers are told by their place, so that nothing is copied
/// but names and labels.
/// </summary>
internal ref struct NotificationFields
{
    private static readonly JsonReaderOptions Options = new() { MaxDepth = JsonPayload.MaxDepth + 1 }; // The payload is one level down.

    private readonly bool _isLine;
    private Utf8JsonReader _reader;
    private Field _seen;

    /// <summary>Looks at a text.</summary>
    /// <param name="text">All of it, in one piece.</param>
    /// <param name="isLine">Whether it is a line of a batch, which has its idempotency key as a field.</param>
    public NotificationFields(ReadOnlySpan<byte> text, bool isLine)
    {
        _reader = new Utf8JsonReader(text, Options);
        _isLine = isLine;
    }

    [Flags]
    private enum Field
    {
        Unknown = 0,
        Channel = 1,
        Channels = 2,
        User = 4,
        Users = 8,
        Data = 16,
        Tags = 32,
        ExpiresIn = 64,
        Version = 128,
        CollapseKey = 256,
        IdempotencyKey = 512,
    }

    // Null is for absent, also where null was given. Only the payload may be null.
    public string? Channel, User, CollapseKey, IdempotencyKey;

    public List<string?>? Channels, Users;

    public Dictionary<string, string?>? Tags;

    public Range? Data, ExpiresIn, Version;

    /// <summary>Reads the text. False when it is not one JSON object with known fields of the right types, each at most once.</summary>
    public bool TryRead()
    {
        try
        {
            if (!_reader.Read() || _reader.TokenType != JsonTokenType.StartObject)
                return false;

            while (_reader.Read() && _reader.TokenType == JsonTokenType.PropertyName)
            {
                var field = Named();
                if (field == Field.Unknown || (_seen & field) != 0)
                    return false;

                _seen |= field;
                _reader.Read();
                if (!TryReadValue(field))
                    return false;
            }

            return !_reader.Read(); // Throws when anything stands behind the object.
        }
        catch (Exception malformed) when (malformed is JsonException or InvalidOperationException)
        {
            return false; // The latter is for text that is no text, such as half of a surrogate pair.
        }
    }

    private readonly Field Named() =>
        _reader.ValueTextEquals("channel"u8) ? Field.Channel
        : _reader.ValueTextEquals("data"u8) ? Field.Data
        : _reader.ValueTextEquals("user"u8) ? Field.User
        : _reader.ValueTextEquals("channels"u8) ? Field.Channels
        : _reader.ValueTextEquals("users"u8) ? Field.Users
        : _reader.ValueTextEquals("tags"u8) ? Field.Tags
        : _reader.ValueTextEquals("expiresIn"u8) ? Field.ExpiresIn
        : _reader.ValueTextEquals("version"u8) ? Field.Version
        : _reader.ValueTextEquals("collapseKey"u8) ? Field.CollapseKey
        : _isLine && _reader.ValueTextEquals("idempotencyKey"u8) ? Field.IdempotencyKey
        : Field.Unknown;

    private bool TryReadValue(Field field)
    {
        if (field == Field.Data)
        {
            Data = ReadPlace();
            return true;
        }

        if (_reader.TokenType == JsonTokenType.Null)
            return true;

        switch (field)
        {
            case Field.Channels:
                return TryReadTexts(Channels = []);
            case Field.Users:
                return TryReadTexts(Users = []);
            case Field.Tags:
                return TryReadTags(Tags = new Dictionary<string, string?>());
            case Field.ExpiresIn:
                ExpiresIn = ReadPlace();
                return true;
            case Field.Version:
                Version = ReadPlace();
                return true;
            default:
                return _reader.TokenType == JsonTokenType.String && TryTake(field, _reader.GetString()!);
        }
    }

    private bool TryTake(Field field, string text)
    {
        switch (field)
        {
            case Field.Channel:
                Channel = text;
                return true;
            case Field.User:
                User = text;
                return true;
            case Field.CollapseKey:
                CollapseKey = text;
                return true;
            default:
                IdempotencyKey = text;
                return true;
        }
    }

    private Range ReadPlace()
    {
        var start = (int)_reader.TokenStartIndex;
        _reader.Skip();
        return start..(int)_reader.BytesConsumed;
    }

    private bool TryReadTexts(List<string?> texts)
    {
        if (_reader.TokenType != JsonTokenType.StartArray)
            return false;

        while (_reader.Read() && _reader.TokenType is JsonTokenType.String or JsonTokenType.Null)
            texts.Add(_reader.GetString());
        return _reader.TokenType == JsonTokenType.EndArray;
    }

    private bool TryReadTags(Dictionary<string, string?> tags)
    {
        if (_reader.TokenType != JsonTokenType.StartObject)
            return false;

        while (_reader.Read() && _reader.TokenType == JsonTokenType.PropertyName)
        {
            var key = _reader.GetString()!;
            _reader.Read();
            if (_reader.TokenType is not (JsonTokenType.String or JsonTokenType.Null) || !tags.TryAdd(key, _reader.GetString()))
                return false;
        }

        return _reader.TokenType == JsonTokenType.EndObject;
    }
}
