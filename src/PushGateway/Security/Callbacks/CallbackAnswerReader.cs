using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Microsoft.Extensions.Options;
using PushGateway.Channels;
using PushGateway.Cluster;
using PushGateway.Connections;
using PushGateway.Notifications;
using PushGateway.Protocol;
using PushGateway.Security.Authorization;
using PushGateway.Security.Tokens;

namespace PushGateway.Security.Callbacks;

/// <summary>
/// Reads what back ends answer: the fields of Centrifugo's proxy. A field of a result that is not served here makes the answer unusable, since a wish that is passed over in silence may be a
/// restriction. Null is as good as absent, as serializers write it. All methods throw <see cref="UnusableAnswerException"/>.
/// </summary>
internal sealed class CallbackAnswerReader(IOptions<PushGatewayOptions> options)
{
    // Those of the client protocol are from 100, an application's own from 400.
    private const int FirstError = 100, LastError = 1999;

    private const int FirstClose = 3000, LastClose = 4999;

    private const int MaxMessageBytes = 255;

    // Nobody needs a longer name in the log to know it again.
    private const int MaxShownName = 32;

    // What is embedded the deepest is the info of one of the subscriptions, in the result, in the answer.
    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = JsonPayload.MaxDepth + 4, AllowDuplicateProperties = false };

    private readonly int _maxInfoBytes = options.Value.Connections.MaxInfoBytes;
    private readonly int _maxDataBytes = options.Value.Api.MaxDataBytes;
    private readonly int _maxSubscriptions = options.Value.Connections.MaxSubscriptions;

    /// <summary>Who a client is.</summary>
    public CallbackAnswer<ClientGrant> ReadConnect(ReadOnlyMemory<byte> body) => Read(body, ReadGrant);

    /// <summary>Whether a client may subscribe.</summary>
    public CallbackAnswer<ChannelDecision> ReadSubscribe(ReadOnlyMemory<byte> body) => Read(body, ReadSubscription);

    /// <summary>Whether a client may publish.</summary>
    public CallbackAnswer<ChannelDecision> ReadPublish(ReadOnlyMemory<byte> body) => Read(body, ReadPublication);

    private static CallbackAnswer<T> Read<T>(ReadOnlyMemory<byte> body, Func<JsonElement, T> readResult)
        where T : class
    {
        if (!Utf8.IsValid(body.Span))
            throw new UnusableAnswerException("its answer is no UTF-8");

        try
        {
            using var document = JsonDocument.Parse(body, Strict);
            CallbackAnswer<T>? answer = null;
            foreach (var field in Fields(document.RootElement, "its answer"))
            {
                CallbackAnswer<T>? next = field.Name switch
                {
                    "result" => new(Result: readResult(field.Value)),
                    "error" => new(Error: ReadError(field.Value)),
                    "disconnect" => new(End: ReadEnd(field.Value)),
                    _ => null,
                };
                if (answer is not null && next is not null)
                    throw new UnusableAnswerException("its answer has more than one of result, error and disconnect");

                answer ??= next;
            }

            return answer ?? throw new UnusableAnswerException("its answer has neither result nor error nor disconnect");
        }
        // InvalidOperationException is how the reader refuses an escaped half of a surrogate pair.
        catch (Exception malformed) when (malformed is JsonException or InvalidOperationException)
        {
            throw new UnusableAnswerException("its answer is no well-formed JSON");
        }
    }

    private ClientGrant ReadGrant(JsonElement result)
    {
        string? user = null, info = null, meta = null;
        DateTimeOffset? expiresAt = null;
        List<(string Channel, string? Info)> channels = [];
        foreach (var field in Fields(result, "result"))
            switch (field.Name)
            {
                case "user": user = Text(field); break;
                case "info": info = Json(field, _maxInfoBytes); break;
                case "meta": meta = Json(field, _maxInfoBytes); break;
                case "expire_at": expiresAt = Time(field); break;
                case "channels": ReadChannels(field.Value, channels); break;
                case "subs": ReadSubscriptions(field.Value, channels); break;
                default: throw NotServed(field);
            }

        if (user is null)
            throw new UnusableAnswerException("its result has no user");
        if (user.Length > 0 && !ChannelName.IsUser(user, out var why))
            throw new UnusableAnswerException($"the user of its result {why}");
        if (channels.Count > _maxSubscriptions)
            throw new UnusableAnswerException($"its result has more than {_maxSubscriptions} channels");

        return new ClientGrant(new ClientIdentity(user, info), new TokenStamp(expiresAt)) { Channels = channels, Meta = meta };
    }

    private static void ReadChannels(JsonElement names, List<(string Channel, string? Info)> channels)
    {
        if (names.ValueKind != JsonValueKind.Array)
            throw new UnusableAnswerException("channels of its result is no array");

        foreach (var name in names.EnumerateArray())
            Add(name.ValueKind == JsonValueKind.String ? name.GetString() : null, info: null, channels);
    }

    private void ReadSubscriptions(JsonElement subscriptions, List<(string Channel, string? Info)> channels)
    {
        foreach (var subscription in Fields(subscriptions, "subs"))
        {
            string? info = null;
            foreach (var field in Fields(subscription.Value, "a subscription"))
                info = field.Name == "info" ? Json(field, _maxInfoBytes) : throw NotServed(field);
            Add(subscription.Name, info, channels);
        }
    }

    private static void Add(string? name, string? info, List<(string Channel, string? Info)> channels)
    {
        if (!ChannelName.TryParse(name, out var channel, out var why))
            throw new UnusableAnswerException($"a channel of its result {why}");
        if (channels.Exists(entry => entry.Channel == channel.Value))
            throw new UnusableAnswerException("a channel is in its result twice");

        channels.Add((channel.Value, info));
    }

    private ChannelDecision ReadSubscription(JsonElement result)
    {
        var decision = ChannelDecision.Allowed;
        foreach (var field in Fields(result, "result"))
            decision = field.Name switch
            {
                "info" => decision with { Info = Json(field, _maxInfoBytes) },
                "expire_at" => decision with { ExpiresAt = Time(field) },
                _ => throw NotServed(field),
            };
        return decision;
    }

    private ChannelDecision ReadPublication(JsonElement result)
    {
        var decision = ChannelDecision.Allowed;
        foreach (var field in Fields(result, "result"))
            decision = field.Name == "data" ? decision with { Data = Encoding.UTF8.GetBytes(Json(field, _maxDataBytes)) } : throw NotServed(field);
        return decision;
    }

    private static ErrorResult ReadError(JsonElement error)
    {
        int? code = null;
        var message = "";
        var temporary = false;
        foreach (var field in Fields(error, "error"))
            switch (field.Name)
            {
                case "code": code = Code(field, FirstError, LastError); break;
                case "message": message = Shown(field, MaxMessageBytes); break;
                case "temporary": temporary = Flag(field); break;
            }

        return new ErrorResult(code ?? throw new UnusableAnswerException("its error has no code"), message, temporary);
    }

    private static CloseReason ReadEnd(JsonElement disconnect)
    {
        int? code = null;
        var reason = "";
        foreach (var field in Fields(disconnect, "disconnect"))
            switch (field.Name)
            {
                case "code": code = Code(field, FirstClose, LastClose); break;
                case "reason": reason = Shown(field, Disconnection.MaxReasonBytes); break;
            }

        return new CloseReason((ushort)(code ?? throw new UnusableAnswerException("its disconnect has no code")), reason);
    }

    private static IEnumerable<JsonProperty> Fields(JsonElement value, string of)
    {
        if (value.ValueKind != JsonValueKind.Object)
            throw new UnusableAnswerException($"{of} is no object");

        foreach (var field in value.EnumerateObject())
            if (field.Value.ValueKind != JsonValueKind.Null)
                yield return field;
    }

    private static string Text(JsonProperty field) =>
        field.Value.ValueKind == JsonValueKind.String ? field.Value.GetString()! : throw new UnusableAnswerException($"{field.Name} in its answer is no string");

    private static string Shown(JsonProperty field, int maxBytes) => Text(field) is var text && Encoding.UTF8.GetByteCount(text) <= maxBytes && !text.Any(char.IsControl)
        ? text
        : throw new UnusableAnswerException($"{field.Name} in its answer has more than {maxBytes} bytes, or control characters");

    private static bool Flag(JsonProperty field) =>
        field.Value.ValueKind is JsonValueKind.True or JsonValueKind.False ? field.Value.GetBoolean() : throw new UnusableAnswerException($"{field.Name} in its answer is neither true nor false");

    private static int Code(JsonProperty field, int first, int last) =>
        field.Value.ValueKind == JsonValueKind.Number && field.Value.TryGetInt32(out var code) && code >= first && code <= last
            ? code
            : throw new UnusableAnswerException($"{field.Name} in its answer is no number from {first} to {last}");

    // As in tokens, 0 stands for never.
    private static DateTimeOffset? Time(JsonProperty field)
    {
        if (field.Value.ValueKind != JsonValueKind.Number || !field.Value.TryGetInt64(out var seconds) || seconds < 0 || seconds > DateTimeOffset.MaxValue.ToUnixTimeSeconds())
            throw new UnusableAnswerException($"{field.Name} in its answer is no time in seconds since 1970");

        return seconds == 0 ? null : DateTimeOffset.FromUnixTimeSeconds(seconds);
    }

    private static string Json(JsonProperty field, int maxBytes)
    {
        var text = field.Value.GetRawText();
        var bytes = Encoding.UTF8.GetBytes(text);
        return bytes.Length <= maxBytes && JsonPayload.IsOneValue(bytes)
            ? Encoding.UTF8.GetString(JsonPayload.OnOneLine(bytes).Span)
            : throw new UnusableAnswerException($"{field.Name} in its answer has more than {maxBytes} bytes, or is nested more than {JsonPayload.MaxDepth} deep");
    }

    private static UnusableAnswerException NotServed(JsonProperty field)
    {
        var name = field.Name.Length > MaxShownName ? field.Name[..MaxShownName] : field.Name;
        return new UnusableAnswerException($"its result has a field that is not served, '{string.Concat(name.Where(char.IsAsciiLetterOrDigit))}'");
    }
}
