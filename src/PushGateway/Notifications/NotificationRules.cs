using System.Text;
using Microsoft.Extensions.Options;
using PushGateway.Api;
using PushGateway.Brokers;
using PushGateway.Channels;

namespace PushGateway.Notifications;

/// <summary>What a notification must be like, whether it comes by HTTP or from C#.</summary>
internal sealed class NotificationRules(ChannelDirectory channels, IOptions<PushGatewayOptions> options)
{
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
        if (!ChannelName.TryParse(channel, out var name, out var why))
            throw new InvalidNotificationException(field, why);

        if (!channels.TryGetRules(name, out _))
            throw new InvalidNotificationException(field, $"is in the namespace '{name.Namespace}', which is not configured");
    }

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
