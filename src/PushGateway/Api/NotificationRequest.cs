using System.Globalization;
using System.Text.Json;
using PushGateway.Channels;
using PushGateway.Notifications;

namespace PushGateway.Api;

/// <summary>Reads the body of <c>POST /v1/notifications</c>, and the lines of a batch.</summary>
internal static class NotificationRequest
{
    private const string LineKeyField = "idempotencyKey";

    /// <summary>Reads a body.</summary>
    /// <param name="body">The whole body; the notification's data is a part of it.</param>
    /// <param name="rules">What notifications must be like.</param>
    /// <param name="idempotencyKey">The key that came with it, checked before.</param>
    /// <exception cref="InvalidNotificationException">Names the field at fault.</exception>
    public static Notification Read(ReadOnlyMemory<byte> body, NotificationRules rules, string? idempotencyKey = null)
    {
        var fields = new NotificationFields(body.Span, isLine: false);
        return fields.TryRead() ? Checked(fields, body, rules, idempotencyKey) : throw WhatIsWrong(body.Span, isLine: false);
    }

    /// <summary>Reads a line of a batch, which has its idempotency key in it.</summary>
    /// <param name="line">The whole line; the notification's data is a part of it.</param>
    /// <param name="rules">What notifications must be like.</param>
    /// <exception cref="InvalidNotificationException">Names the field at fault.</exception>
    public static Notification ReadLine(ReadOnlyMemory<byte> line, NotificationRules rules)
    {
        var fields = new NotificationFields(line.Span, isLine: true);
        if (!fields.TryRead())
            throw WhatIsWrong(line.Span, isLine: true);

        NotificationRules.CheckIdempotencyKey(fields.IdempotencyKey, LineKeyField);
        return Checked(fields, line, rules, fields.IdempotencyKey);
    }

    private static Notification Checked(in NotificationFields fields, ReadOnlyMemory<byte> text, NotificationRules rules, string? idempotencyKey)
    {
        var targets = ReadTargets(fields, rules);
        var data = fields.Data is { } place ? text[place] : throw new InvalidNotificationException("data", "is missing");
        rules.CheckSize(data);
        if (fields.Tags is not null)
            rules.CheckTags(fields.Tags!);
        rules.CheckCollapseKey(fields.CollapseKey);
        return new Notification
        {
            Channels = targets,
            Data = data,
            Tags = fields.Tags!,
            ExpiresIn = fields.ExpiresIn is { } expiresIn ? ReadLifetime(text.Span[expiresIn]) : null,
            Version = fields.Version is { } version ? ReadVersion(text.Span[version]) : null,
            CollapseKey = fields.CollapseKey,
            IdempotencyKey = idempotencyKey,
            IsChecked = true,
        };
    }

    private static InvalidNotificationException WhatIsWrong(ReadOnlySpan<byte> text, bool isLine)
    {
        try
        {
            if (isLine)
                JsonSerializer.Deserialize(text, ApiJson.Default.NotificationLineShape);
            else
                JsonSerializer.Deserialize(text, ApiJson.Default.NotificationShape);
        }
        catch (JsonException malformed)
        {
            var (field, why) = JsonComplaint.From(malformed, isLine);
            return new InvalidNotificationException(field, why);
        }

        return new InvalidNotificationException("", $"The {JsonComplaint.Whole(isLine)} must be a JSON object.");
    }

    // From the text, so that whatever stands there in place of a number is answered with what should.
    private static TimeSpan ReadLifetime(ReadOnlySpan<byte> literal)
    {
        const NumberStyles number = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
        if (!decimal.TryParse(literal, number, CultureInfo.InvariantCulture, out var seconds) || seconds > (decimal)NotificationRules.LongestLifetime.TotalSeconds || seconds < 0)
            throw NotificationRules.BadLifetime();

        var lifetime = TimeSpan.FromTicks((long)(seconds * TimeSpan.TicksPerSecond));
        NotificationRules.CheckLifetime(lifetime);
        return lifetime;
    }

    private static ulong ReadVersion(ReadOnlySpan<byte> literal)
    {
        if (!ulong.TryParse(literal, NumberStyles.None, CultureInfo.InvariantCulture, out var version))
            throw NotificationRules.BadVersion();

        NotificationRules.CheckVersion(version);
        return version;
    }

    private static string[] ReadTargets(in NotificationFields fields, NotificationRules rules)
    {
        var given = (fields.Channel is null ? 0 : 1) + (fields.Channels is null ? 0 : 1) + (fields.User is null ? 0 : 1) + (fields.Users is null ? 0 : 1);
        if (given != 1)
            throw new InvalidNotificationException(given == 0 ? "channel" : SecondField(fields), "or another target: give exactly one of channel, channels, user and users");

        return fields.Channels is not null ? ReadChannels(fields.Channels, rules)
            : fields.Users is not null ? ReadUsers(fields.Users, rules)
            : fields.Channel is not null ? [ReadChannel(fields.Channel, rules)]
            : [ReadUser(fields.User)];
    }

    private static string SecondField(in NotificationFields fields) => fields.Users is not null ? "users" : fields.User is not null ? "user" : "channels";

    private static string[] ReadChannels(List<string?> channels, NotificationRules rules)
    {
        rules.CheckCount("channels", channels.Count);
        var names = new string[channels.Count];
        for (var i = 0; i < names.Length; i++)
            names[i] = rules.WhyNoChannel(channels[i]) is { } why ? throw new InvalidNotificationException($"channels[{i}]", why) : channels[i]!;
        return names;
    }

    private static string[] ReadUsers(List<string?> users, NotificationRules rules)
    {
        rules.CheckCount("users", users.Count);
        var names = new string[users.Count];
        for (var i = 0; i < names.Length; i++)
            names[i] = ChannelName.IsUser(users[i], out var why) ? ChannelName.Personal(users[i]!) : throw new InvalidNotificationException($"users[{i}]", why);
        return names;
    }

    private static string ReadChannel(string channel, NotificationRules rules)
    {
        rules.CheckChannel("channel", channel);
        return channel;
    }

    private static string ReadUser(string? user) =>
        ChannelName.IsUser(user, out var why) ? ChannelName.Personal(user) : throw new InvalidNotificationException("user", why);
}
