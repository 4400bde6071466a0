using System.Text.Json;
using PushGateway.Channels;

namespace PushGateway.Protocol.Json;

/// <summary>How results and publications look in JSON.</summary>
internal static class JsonResults
{
    public static void Write(Utf8JsonWriter json, Result result)
    {
        switch (result)
        {
            case ErrorResult error: Write(json, error); break;
            case ConnectResult connect: Write(json, connect); break;
            case SubscribeResult subscribe: json.WritePropertyName("subscribe"u8); Write(json, subscribe); break;
            case HistoryResult history: Write(json, history); break;
            case PresenceResult presence: Write(json, presence); break;
            case PresenceStatsResult stats: Write(json, stats); break;
            case RefreshResult refresh: Write(json, refresh); break;
            case SubscriptionRefreshResult refresh: Write(json, refresh); break;
            case UnsubscribeResult: WriteEmpty(json, "unsubscribe"u8); break;
            case PublishResult: WriteEmpty(json, "publish"u8); break;
            case PingResult: WriteEmpty(json, "ping"u8); break;
            default: throw new ArgumentOutOfRangeException(nameof(result), result.GetType(), "has no JSON form");
        }
    }

    public static void WritePublication(Utf8JsonWriter json, Publication publication, PublicationForm form)
    {
        json.WritePropertyName("data"u8);
        if (form == PublicationForm.Plain)
            json.WriteRawValue(publication.Data.Span, skipInputValidation: true);
        else
            json.WriteStringValue(publication.Data.Span);
        WriteTrue(json, "delta"u8, form == PublicationForm.Delta);
        if (publication.Info is { } info)
        {
            json.WritePropertyName("info"u8);
            Write(json, info);
        }

        if (publication.Offset > 0)
            json.WriteNumber("offset"u8, publication.Offset);

        if (publication.Tags is { Count: > 0 } tags)
        {
            json.WriteStartObject("tags"u8);
            foreach (var (key, value) in tags)
                json.WriteString(key, value);
            json.WriteEndObject();
        }
    }

    public static void Write(Utf8JsonWriter json, ClientInfo client)
    {
        json.WriteStartObject();
        json.WriteString("user"u8, client.User);
        json.WriteString("client"u8, client.Client);
        WriteRaw(json, "conn_info"u8, client.ConnectionInfo);
        WriteRaw(json, "chan_info"u8, client.ChannelInfo);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, ErrorResult error)
    {
        json.WriteStartObject("error"u8);
        json.WriteNumber("code"u8, error.Code);
        json.WriteString("message"u8, error.Message);
        if (error.Temporary)
            json.WriteBoolean("temporary"u8, true);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, ConnectResult connect)
    {
        json.WriteStartObject("connect"u8);
        json.WriteString("client"u8, connect.Client);
        json.WriteString("version"u8, connect.Version);
        WriteExpiry(json, connect.TtlSeconds);
        if (connect.Subscriptions.Count > 0)
        {
            json.WriteStartObject("subs"u8);
            foreach (var (channel, result) in connect.Subscriptions)
            {
                json.WritePropertyName(channel);
                Write(json, result);
            }

            json.WriteEndObject();
        }

        json.WriteNumber("ping"u8, connect.PingSeconds);
        json.WriteBoolean("pong"u8, true);
        json.WriteString("node"u8, connect.Node);
        json.WriteEndObject();
    }

    public static void Write(Utf8JsonWriter json, SubscribeResult subscribe)
    {
        json.WriteStartObject();
        WriteExpiry(json, subscribe.TtlSeconds);
        WriteTrue(json, "recoverable"u8, subscribe.IsRecoverable);
        if (subscribe.Position is { } position)
        {
            json.WriteString("epoch"u8, position.Epoch);
            if (subscribe.Publications.Count > 0)
                Write(json, subscribe.Publications, subscribe.UsesDelta ? PublicationForm.Whole : PublicationForm.Plain, withTime: false);
            WriteTrue(json, "recovered"u8, subscribe.IsRecovered);
            if (position.Offset > 0)
                json.WriteNumber("offset"u8, position.Offset);
        }

        WriteTrue(json, "positioned"u8, subscribe.IsPositioned);
        WriteTrue(json, "was_recovering"u8, subscribe.WasRecovering);
        WriteTrue(json, "delta"u8, subscribe.UsesDelta);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, RefreshResult refresh)
    {
        json.WriteStartObject("refresh"u8);
        json.WriteString("client"u8, refresh.Client);
        json.WriteString("version"u8, refresh.Version);
        WriteExpiry(json, refresh.TtlSeconds);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, SubscriptionRefreshResult refresh)
    {
        json.WriteStartObject("sub_refresh"u8);
        WriteExpiry(json, refresh.TtlSeconds);
        json.WriteEndObject();
    }

    private static void WriteExpiry(Utf8JsonWriter json, int? ttlSeconds)
    {
        if (ttlSeconds is not { } ttl)
            return;

        json.WriteBoolean("expires"u8, true);
        json.WriteNumber("ttl"u8, ttl);
    }

    private static void Write(Utf8JsonWriter json, HistoryResult history)
    {
        json.WriteStartObject("history"u8);
        Write(json, history.Publications, PublicationForm.Plain, withTime: true);
        json.WriteString("epoch"u8, history.Top.Epoch);
        json.WriteNumber("offset"u8, history.Top.Offset);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, PresenceResult presence)
    {
        json.WriteStartObject("presence"u8);
        json.WriteStartObject("presence"u8);
        foreach (var member in presence.Members)
        {
            json.WritePropertyName(member.Client);
            Write(json, member);
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, PresenceStatsResult result)
    {
        json.WriteStartObject("presence_stats"u8);
        json.WriteNumber("num_clients"u8, result.Stats.Clients);
        json.WriteNumber("num_users"u8, result.Stats.Users);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, IReadOnlyList<Publication> publications, PublicationForm form, bool withTime)
    {
        json.WriteStartArray("publications"u8);
        for (var i = 0; i < publications.Count; i++)
        {
            json.WriteStartObject();
            WritePublication(json, publications[i], form);
            if (withTime && publications[i].Time > 0)
                json.WriteNumber("time"u8, publications[i].Time);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteRaw(Utf8JsonWriter json, ReadOnlySpan<byte> name, string? value)
    {
        if (value is null)
            return;

        json.WritePropertyName(name);
        json.WriteRawValue(value, skipInputValidation: true);
    }

    private static void WriteTrue(Utf8JsonWriter json, ReadOnlySpan<byte> name, bool value)
    {
        if (value)
            json.WriteBoolean(name, true);
    }

    private static void WriteEmpty(Utf8JsonWriter json, ReadOnlySpan<byte> name)
    {
        json.WriteStartObject(name);
        json.WriteEndObject();
    }
}
