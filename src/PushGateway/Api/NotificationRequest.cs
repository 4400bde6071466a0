using System.Globalization;
using System.Text.Json;
using PushGateway.Channels;
using PushGateway.Notifications;

namespace PushGateway.Api;

/// <summary>The body of <c>POST /v1/notifications</c>.</summary>
internal sealed class NotificationRequest
{
    public string? Channel { get; set; }

    public IReadOnlyList<string?>? Channels { get; set; }

    public string? User { get; set; }

    public IReadOnlyList<string?>? Users { get; set; }

    public RawJson? Data { get; set; }

    public Dictionary<string, string>? Tags { get; set; }

    // Numbers are read from the text, so that whatever stands there in place of one is answered with what should.
    public RawJson? ExpiresIn { get; set; }

    public RawJson? Version { get; set; }

    public string? CollapseKey { get; set; }

    /// <summary>Reads a body.</summary>
    /// <param name="body">The whole body; the notification's data is a part of it.</param>
    /// <param name="rules">What notifications must be like.</param>
    /// <param name="idempotencyKey">The key that came with it, checked before.</param>
    /// <exception cref="InvalidNotificationException">Names the field at fault.</exception>
    public static Notification Read(ReadOnlyMemory<byte> body, NotificationRules rules, string? idempotencyKey = null)
    {
        var request = Parse(body);
        var targets = request.ReadTargets(rules);
        var data = request.Data is { } raw ? body.Slice(raw.Start, raw.Length) : throw new InvalidNotificationException("data", "is missing");
        rules.CheckSize(data);
        if (request.Tags is not null)
            rules.CheckTags(request.Tags);
        rules.CheckCollapseKey(request.CollapseKey);
        return new Notification
        {
            Channels = targets,
            Data = data,
            Tags = request.Tags,
            ExpiresIn = ReadLifetime(Literal(body, request.ExpiresIn)),
            Version = ReadVersion(Literal(body, request.Version)),
            CollapseKey = request.CollapseKey,
            IdempotencyKey = idempotencyKey,
            IsChecked = true,
        };
    }

    private static NotificationRequest Parse(ReadOnlyMemory<byte> body)
    {
        try
        {
            return JsonSerializer.Deserialize(body.Span, ApiJson.Default.NotificationRequest) ?? throw new InvalidNotificationException("", "The body must be a JSON object.");
        }
        catch (JsonException malformed)
        {
            var (field, why) = JsonComplaint.From(malformed);
            throw new InvalidNotificationException(field, why);
        }
    }

    // A null counts as absent.
    private static ReadOnlySpan<byte> Literal(ReadOnlyMemory<byte> body, RawJson? raw) =>
        raw is not null && body.Span.Slice(raw.Start, raw.Length) is var literal && !literal.SequenceEqual("null"u8) ? literal : default;

    private static TimeSpan? ReadLifetime(ReadOnlySpan<byte> literal)
    {
        if (literal.IsEmpty)
            return null;

        const NumberStyles number = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
        if (!decimal.TryParse(literal, number, CultureInfo.InvariantCulture, out var seconds) || seconds > (decimal)NotificationRules.LongestLifetime.TotalSeconds || seconds < 0)
            throw NotificationRules.BadLifetime();

        var lifetime = TimeSpan.FromTicks((long)(seconds * TimeSpan.TicksPerSecond));
        NotificationRules.CheckLifetime(lifetime);
        return lifetime;
    }

    private static ulong? ReadVersion(ReadOnlySpan<byte> literal)
    {
        if (literal.IsEmpty)
            return null;

        if (!ulong.TryParse(literal, NumberStyles.None, CultureInfo.InvariantCulture, out var version))
            throw NotificationRules.BadVersion();

        NotificationRules.CheckVersion(version);
        return version;
    }

    private string[] ReadTargets(NotificationRules rules)
    {
        var given = (Channel is null ? 0 : 1) + (Channels is null ? 0 : 1) + (User is null ? 0 : 1) + (Users is null ? 0 : 1);
        if (given != 1)
            throw new InvalidNotificationException(given == 0 ? "channel" : SecondField(), "or another target: give exactly one of channel, channels, user and users");

        return Channels is not null ? ReadChannels(Channels, rules)
            : Users is not null ? ReadUsers(Users, rules)
            : Channel is not null ? [CheckedChannel("channel", Channel, rules)]
            : [PersonalChannel("user", User)];
    }

    private string SecondField() => Users is not null ? "users" : User is not null ? "user" : "channels";

    private static string[] ReadChannels(IReadOnlyList<string?> channels, NotificationRules rules)
    {
        rules.CheckCount("channels", channels.Count);
        var names = new string[channels.Count];
        for (var i = 0; i < names.Length; i++)
            names[i] = CheckedChannel($"channels[{i}]", channels[i], rules);
        return names;
    }

    private static string[] ReadUsers(IReadOnlyList<string?> users, NotificationRules rules)
    {
        rules.CheckCount("users", users.Count);
        var names = new string[users.Count];
        for (var i = 0; i < names.Length; i++)
            names[i] = PersonalChannel($"users[{i}]", users[i]);
        return names;
    }

    private static string CheckedChannel(string field, string? channel, NotificationRules rules)
    {
        rules.CheckChannel(field, channel);
        return channel!;
    }

    private static string PersonalChannel(string field, string? user) =>
        ChannelName.IsUser(user, out var why) ? ChannelName.Personal(user) : throw new InvalidNotificationException(field, why);
}
