using System.Globalization;
using System.Text;
using Microsoft.Extensions.Options;
using PushGateway.Api;
using PushGateway.Brokers;
using PushGateway.Channels;

namespace PushGateway.Notifications;

/// <summary>What a notification must be like, whether it comes by HTTP or from C#.</summary>
internal sealed class NotificationRules(ChannelDirectory channels, IOptions<PushGatewayOptions> options)
{
    /// <summary>How the HTTP API spells <see cref="Notification.IdempotencyKey"/>.</summary>
    public const string IdempotencyKeyField = "Idempotency-Key";

    // As long as other APIs allow: room for any id, and for two joined.
    private const int MaxIdempotencyKeyLength = 255;

    /// <summary>The longest that a notification can be worth delivering, which is the longest that a history can keep it.</summary>
    public static readonly TimeSpan LongestLifetime = TimeSpan.FromDays(366);

    private static readonly TimeSpan ShortestLifetime = TimeSpan.FromMilliseconds(1);

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly ApiOptions _limits = options.Value.Api;

    /// <summary>Throws when a rule is broken.</summary>
    /// <exception cref="InvalidNotificationException">Names the part at fault.</exception>
    public void Check(Notification notification)
    {
        CheckChannels(notification.Channels);
        CheckSize(notification.Data);
        if (!JsonPayload.IsOneValue(notification.Data.Span))
            throw new InvalidNotificationException("data", $"must be one JSON value in UTF-8, nested at most {JsonPayload.MaxDepth} deep");
        if (notification.Tags is { } tags)
            CheckTags(tags);
        CheckLifetime(notification.ExpiresIn);
        CheckVersion(notification.Version);
        CheckCollapseKey(notification.CollapseKey);
        CheckIdempotencyKey(notification.IdempotencyKey);
    }

    /// <summary>Checks how many targets a notification names.</summary>
    /// <param name="field">The field that lists them.</param>
    /// <param name="count">How many there are.</param>
    public void CheckCount(string field, int count)
    {
        if (count == 0)
            throw new InvalidNotificationException(field, "must not be empty");

        if (count > _limits.MaxTargets)
            throw new InvalidNotificationException(field, $"names {count}, and {_limits.MaxTargets} is the most");
    }

    /// <summary>Checks a channel's name and that its namespace exists.</summary>
    public void CheckChannel(string field, string? channel)
    {
        if (WhyNoChannel(channel) is { } why)
            throw new InvalidNotificationException(field, why);
    }

    /// <summary>What is wrong with a channel's name, as the end of a sentence that begins with the field's name; null when it is the name of a channel.</summary>
    public string? WhyNoChannel(string? channel) => channels.TryGetRules(channel, out _, out var why) ? null : why;

    /// <summary>Checks the size of the payload.</summary>
    public void CheckSize(ReadOnlyMemory<byte> data)
    {
        if (data.Length > _limits.MaxDataBytes)
            throw new InvalidNotificationException("data", $"has {data.Length} bytes, and {_limits.MaxDataBytes} is the most", tooLarge: true);
    }

    /// <summary>Checks the labels.</summary>
    public void CheckTags(IReadOnlyDictionary<string, string> tags)
    {
        if (tags.Count > _limits.MaxTags)
            throw new InvalidNotificationException("tags", $"has {tags.Count} entries, and {_limits.MaxTags} is the most");

        foreach (var (key, value) in tags)
        {
            if (key.Length == 0)
                throw new InvalidNotificationException("tags", "must not have an empty key");

            if (!Fits(key) || (value is not null && !Fits(value)))
                throw new InvalidNotificationException("tags", $"must have keys and values of at most {_limits.MaxTagBytes} bytes of well-formed text");

            if (value is null)
                throw new InvalidNotificationException($"tags.{key}", "must be a string");
        }
    }

    /// <summary>Checks how long it is worth delivering.</summary>
    public static void CheckLifetime(TimeSpan? lifetime)
    {
        if (lifetime < ShortestLifetime || lifetime > LongestLifetime)
            throw BadLifetime();
    }

    /// <summary>What is wrong with a lifetime that is none.</summary>
    public static InvalidNotificationException BadLifetime() =>
        new("expiresIn", $"must be a number of seconds from {ShortestLifetime.TotalSeconds.ToString(CultureInfo.InvariantCulture)} to {LongestLifetime.TotalSeconds}");

    /// <summary>Checks the version.</summary>
    public static void CheckVersion(ulong? version)
    {
        if (version > PublishOptions.MaxVersion)
            throw BadVersion();
    }

    /// <summary>What is wrong with a version that is none.</summary>
    public static InvalidNotificationException BadVersion() => new("version", $"must be a whole number from 0 to {PublishOptions.MaxVersion}, without fraction and exponent");

    /// <summary>Checks the name of the state that it tells of.</summary>
    public void CheckCollapseKey(string? key)
    {
        if (key is not null && (key.Length == 0 || !Fits(key)))
            throw new InvalidNotificationException("collapseKey", $"must have 1 to {_limits.MaxTagBytes} bytes of well-formed text");
    }

    /// <summary>Checks the name of the intention to publish.</summary>
    /// <param name="key">The name; null when there is none.</param>
    /// <param name="field">Where it stands.</param>
    public static void CheckIdempotencyKey(string? key, string field = IdempotencyKeyField)
    {
        if (key is not null && (key.Length is 0 or > MaxIdempotencyKeyLength || key.AsSpan().ContainsAnyExceptInRange(' ', '~')))
            throw new InvalidNotificationException(field, $"must have 1 to {MaxIdempotencyKeyLength} printable ASCII characters");
    }

    /// <summary>What the broker compares when a notification is tried again: everything but the channels, since a key counts for each channel by itself. Null without a key.</summary>
    public IdempotencyKey? IdempotencyOf(Notification notification) =>
        notification.IdempotencyKey is { } key ? new IdempotencyKey(key, Fingerprint.Of(notification), _limits.IdempotencyTtl) : null;

    private bool Fits(string text)
    {
        try
        {
            return Strict.GetByteCount(text) <= _limits.MaxTagBytes;
        }
        catch (EncoderFallbackException)
        {
            return false; // Half of a surrogate pair. The JSON reader refuses it in posts; from C# it gets here.
        }
    }

    private void CheckChannels(IReadOnlyList<string> names)
    {
        CheckCount("channels", names.Count);
        for (var i = 0; i < names.Count; i++)
            CheckChannel(names.Count == 1 ? "channel" : $"channels[{i}]", names[i]);
    }
}
