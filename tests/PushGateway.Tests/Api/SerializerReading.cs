using System.Globalization;
using PushGateway.Api;
using PushGateway.Channels;
using PushGateway.Notifications;

namespace PushGateway.Tests.Api;

/// <summary>Reads notifications by way of the serializer, which decides what is well-formed and how a fault is named: what <see cref="NotificationRequest"/> has to agree with.</summary>
internal static class SerializerReading
{
    public static Notification Read(ReadOnlyMemory<byte> body, NotificationRules rules)
    {
        var shape = Parse(body);
        var channels = ReadTargets(shape, rules);
        var data = shape.Data is { } raw ? body.Slice(raw.Start, raw.Length) : throw new InvalidNotificationException("data", "is missing");
        rules.CheckSize(data);
        if (shape.Tags is not null)
            rules.CheckTags(shape.Tags);
        rules.CheckCollapseKey(shape.CollapseKey);
        return new Notification
        {
            Channels = channels,
            Data = data,
            Tags = shape.Tags,
            ExpiresIn = ReadLifetime(Literal(body, shape.ExpiresIn)),
            Version = ReadVersion(Literal(body, shape.Version)),
            CollapseKey = shape.CollapseKey,
        };
    }

    private static NotificationShape Parse(ReadOnlyMemory<byte> body)
    {
        try
        {
            return ApiJson.Read(body, ApiJson.Default.NotificationShape);
        }
        catch (InvalidRequestException invalid)
        {
            // The problem has the field and the reason in one sentence and again by themselves.
            var (field, why) = invalid.Problem.Errors is { } errors ? (errors.Keys.Single(), errors.Values.Single()[0]) : ("", invalid.Problem.Detail!);
            throw new InvalidNotificationException(field, why);
        }
    }

    private static string[] ReadTargets(NotificationShape shape, NotificationRules rules)
    {
        string[] given =
        [
            .. shape.Channel is null ? [] : (string[])["channel"], .. shape.Channels is null ? [] : (string[])["channels"],
            .. shape.User is null ? [] : (string[])["user"], .. shape.Users is null ? [] : (string[])["users"],
        ];
        if (given.Length != 1)
            throw new InvalidNotificationException(given.Length == 0 ? "channel" : given[^1], "or another target: give exactly one of channel, channels, user and users");

        var isUser = given[0].StartsWith("user", StringComparison.Ordinal);
        var names = isUser ? shape.Users : shape.Channels;
        if (names is null)
            return [Name(given[0], isUser ? shape.User : shape.Channel, isUser, rules)];

        rules.CheckCount(given[0], names.Count);
        return [.. names.Select((name, i) => Name($"{given[0]}[{i}]", name, isUser, rules))];
    }

    private static string Name(string field, string? name, bool isUser, NotificationRules rules)
    {
        if (!isUser)
            rules.CheckChannel(field, name);
        else if (!ChannelName.IsUser(name, out var why))
            throw new InvalidNotificationException(field, why);
        return isUser ? "#" + name : name!;
    }

    private static string? Literal(ReadOnlyMemory<byte> body, RawJson? raw) =>
        raw is not null && System.Text.Encoding.UTF8.GetString(body.Span.Slice(raw.Start, raw.Length)) is var literal and not "null" ? literal : null;

    private static TimeSpan? ReadLifetime(string? literal)
    {
        if (literal is null)
            return null;

        const NumberStyles number = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
        if (!decimal.TryParse(literal, number, CultureInfo.InvariantCulture, out var seconds) || seconds < 0 || seconds > 31_622_400)
            throw NotificationRules.BadLifetime();

        var lifetime = TimeSpan.FromTicks((long)(seconds * TimeSpan.TicksPerSecond));
        NotificationRules.CheckLifetime(lifetime);
        return lifetime;
    }

    private static ulong? ReadVersion(string? literal)
    {
        if (literal is null)
            return null;

        if (!ulong.TryParse(literal, NumberStyles.None, CultureInfo.InvariantCulture, out var version))
            throw NotificationRules.BadVersion();

        NotificationRules.CheckVersion(version);
        return version;
    }
}
