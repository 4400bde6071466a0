using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using PushGateway.Channels;

namespace PushGateway.Notifications;

/// <summary>What a back end has to say, and to which channels. Made with <see cref="ToChannel{T}(string, T, JsonTypeInfo{T})"/> and its kin.</summary>
public sealed record Notification
{
    private static readonly JsonSerializerOptions Web = new(JsonSerializerDefaults.Web);

    /// <summary>The channels it goes to, at least one and at most <see cref="Api.ApiOptions.MaxTargets"/>. A channel named twice gets it once.</summary>
    public required IReadOnlyList<string> Channels
    {
        get;
        init => (field, IsChecked) = (value, false);
    }

    /// <summary>The payload: one JSON value in UTF-8, at most <see cref="Api.ApiOptions.MaxDataBytes"/>. Clients get these bytes, without line breaks between tokens.</summary>
    public required ReadOnlyMemory<byte> Data
    {
        get;
        init => (field, IsChecked) = (value, false);
    }

    /// <summary>Labels beside the payload; null for none.</summary>
    public IReadOnlyDictionary<string, string>? Tags
    {
        get;
        init => (field, IsChecked) = (value, false);
    }

    /// <summary>
    /// How long it is worth delivering: once it is over, it is neither recovered nor delivered late. From 1 ms to 366 days; what is finer than a millisecond is cut off. Null for
    /// as long as the channel's history keeps it.
    /// </summary>
    public TimeSpan? ExpiresIn
    {
        get;
        init => (field, IsChecked) = (value, false);
    }

    /// <summary>
    /// The version of the state that it tells of, at most 2^53 - 1. On a channel that has seen this version or a higher one it is not published. Null for none.
    /// </summary>
    public ulong? Version
    {
        get;
        init => (field, IsChecked) = (value, false);
    }

    /// <summary>
    /// Names the state that it tells of, at most <see cref="Api.ApiOptions.MaxTagBytes"/>: in namespaces with <see cref="ChannelOptions.KeepLatest"/> only the newest notification
    /// with the same key waits for a client that is behind. Null when each counts.
    /// </summary>
    public string? CollapseKey
    {
        get;
        init => (field, IsChecked) = (value, false);
    }

    /// <summary>
    /// Names this intention to publish, so that trying again publishes once: 1 to 255 printable ASCII characters. Remembered for <see cref="Api.ApiOptions.IdempotencyTtl"/>, for each channel
    /// by itself. Null when the publisher does not try again.
    /// </summary>
    public string? IdempotencyKey
    {
        get;
        init => (field, IsChecked) = (value, false);
    }

    /// <summary>
    /// Whether the rules were checked where it was read, with the names of fields that the sender knows. To be set last: a publisher of the host that stands in
    /// front of the gateway's may change a part, and what was changed is not checked.
    /// </summary>
    internal bool IsChecked { get; init; }

    /// <summary>A notification to one channel.</summary>
    /// <param name="channel">The channel's name.</param>
    /// <param name="data">The payload.</param>
    /// <param name="type">How the payload is written as JSON.</param>
    public static Notification ToChannel<T>(string channel, T data, JsonTypeInfo<T> type) =>
        new() { Channels = [channel], Data = JsonSerializer.SerializeToUtf8Bytes(data, type) };

    /// <summary>A notification to one channel, the payload written with the web defaults of System.Text.Json (camelCase).</summary>
    /// <param name="channel">The channel's name.</param>
    /// <param name="data">The payload.</param>
    [RequiresUnreferencedCode("Pass a JsonTypeInfo where the application is trimmed.")]
    [RequiresDynamicCode("Pass a JsonTypeInfo where the application is compiled ahead of time.")]
    public static Notification ToChannel<T>(string channel, T data) =>
        new() { Channels = [channel], Data = JsonSerializer.SerializeToUtf8Bytes(data, Web) };

    /// <summary>A notification to one user, on all their connections.</summary>
    /// <param name="user">The user's id.</param>
    /// <param name="data">The payload.</param>
    /// <param name="type">How the payload is written as JSON.</param>
    public static Notification ToUser<T>(string user, T data, JsonTypeInfo<T> type) => ToChannel(ChannelName.Personal(user), data, type);

    /// <summary>A notification to one user, on all their connections, the payload written with the web defaults of System.Text.Json (camelCase).</summary>
    /// <param name="user">The user's id.</param>
    /// <param name="data">The payload.</param>
    [RequiresUnreferencedCode("Pass a JsonTypeInfo where the application is trimmed.")]
    [RequiresDynamicCode("Pass a JsonTypeInfo where the application is compiled ahead of time.")]
    public static Notification ToUser<T>(string user, T data) => ToChannel(ChannelName.Personal(user), data);
}
