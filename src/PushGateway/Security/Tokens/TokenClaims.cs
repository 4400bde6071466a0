using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using PushGateway.Channels;
using PushGateway.Connections;
using PushGateway.Notifications;

namespace PushGateway.Security.Tokens;

/// <summary>Reads the claims of a token whose signature is right, and holds each to its type. Claims it does not know are passed over.</summary>
/// <param name="claims">The payload, an object in which no name stands twice.</param>
/// <param name="limits">How large what it says may be.</param>
internal sealed class TokenClaims(JsonElement claims, ConnectionOptions limits)
{
    // The last second of the year 9999, the last that a date can have.
    private const double LastSecond = 253_402_300_799;

    // Far beyond a UUID, and what a list of revoked tokens can be asked to keep.
    private const int MaxTokenIdLength = 255;

    /// <summary>What is wrong with the first claim that is wrong, as a sentence; null for nothing.</summary>
    public string? Wrong { get; private set; }

    /// <summary>Whether the token has the claim.</summary>
    public bool Has(string name) => claims.TryGetProperty(name, out _);

    /// <summary>The user, <c>sub</c>; empty for an anonymous one.</summary>
    public string User()
    {
        var user = Text("sub") ?? "";
        if (user.Length > 0 && !ChannelName.IsUser(user, out var why))
            Note("sub", why);
        return user;
    }

    /// <summary>The token's id, <c>jti</c>; null for none.</summary>
    public string? TokenId()
    {
        var id = Text("jti");
        if (id?.Length > MaxTokenIdLength)
            Note("jti", $"is longer than {MaxTokenIdLength} characters");
        return id;
    }

    /// <summary>A claim that must be a string; null when there is none.</summary>
    public string? Text(string name)
    {
        if (!claims.TryGetProperty(name, out var value))
            return null;

        if (value.ValueKind == JsonValueKind.String)
            return value.GetString();

        Note(name, "must be a string");
        return null;
    }

    /// <summary>A claim that must be a time, in seconds since 1970, with fractions or without (RFC 7519, section 2); null when there is none.</summary>
    public DateTimeOffset? Time(string name)
    {
        if (!claims.TryGetProperty(name, out var value))
            return null;

        if (value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var seconds) && seconds is >= 0 and <= LastSecond)
            return DateTimeOffset.UnixEpoch.AddTicks((long)(seconds * TimeSpan.TicksPerSecond));

        Note(name, "must be a time in seconds since 1970");
        return null;
    }

    /// <summary>A claim that may be any JSON, on one line; null when there is none, or when it is null itself.</summary>
    public string? Json(string name) => claims.TryGetProperty(name, out var value) ? Json(name, value) : null;

    /// <summary>The channel of a subscription token; empty when it is wrong.</summary>
    public string Channel()
    {
        var channel = Text("channel");
        if (Wrong is null && channel is null)
            Note("channel", "is missing: it is no subscription token");
        return channel is not null && IsChannel("channel", channel) ? channel : "";
    }

    /// <summary>The channels that the server subscribes a client to: those of <c>subs</c>, each with what may be known of the client there, and those of <c>channels</c>.</summary>
    public IReadOnlyList<(string Channel, string? Info)> Channels()
    {
        List<(string Channel, string? Info)> channels = [];
        HashSet<string> seen = new(StringComparer.Ordinal);
        if (claims.TryGetProperty("subs", out var subs))
            ReadSubscriptions(subs, channels, seen);
        if (claims.TryGetProperty("channels", out var names))
            ReadNames(names, channels, seen);
        return channels;
    }

    private void ReadSubscriptions(JsonElement subs, List<(string, string?)> channels, HashSet<string> seen)
    {
        if (subs.ValueKind != JsonValueKind.Object)
        {
            Note("subs", "must be an object of channels");
            return;
        }

        foreach (var sub in subs.EnumerateObject())
        {
            if (sub.Value.ValueKind != JsonValueKind.Object)
                Note("subs", "must have an object for each channel");
            if (!IsAnother("subs", sub.Name, seen))
                return;

            channels.Add((sub.Name, sub.Value.TryGetProperty("info", out var info) ? Json("subs", info) : null));
        }
    }

    private void ReadNames(JsonElement names, List<(string, string?)> channels, HashSet<string> seen)
    {
        if (names.ValueKind != JsonValueKind.Array)
        {
            Note("channels", "must be an array of channels");
            return;
        }

        foreach (var name in names.EnumerateArray())
        {
            if (name.ValueKind != JsonValueKind.String)
                Note("channels", "must be an array of channels");
            else if (name.GetString() is { } channel && !seen.Contains(channel) && IsAnother("channels", channel, seen))
                channels.Add((channel, null));
            if (Wrong is not null)
                return;
        }
    }

    private bool IsAnother(string claim, string channel, HashSet<string> seen)
    {
        seen.Add(channel);
        if (seen.Count > limits.MaxSubscriptions)
            Note(claim, $"goes beyond the {limits.MaxSubscriptions} channels of a connection");
        return Wrong is null && IsChannel(claim, channel);
    }

    private bool IsChannel(string claim, string channel)
    {
        if (!ChannelName.TryParse(channel, out var name, out var why))
            Note(claim, $"has a name that {why}");
        else if (name.IsPersonal)
            Note(claim, "has a user's own channel, which is that user's already");
        else
            return true;
        return false;
    }

    private string? Json(string name, JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Null)
            return null;

        ReadOnlyMemory<byte> json = JsonMarshal.GetRawUtf8Value(value).ToArray();
        if (json.Length <= limits.MaxInfoBytes)
            return Encoding.UTF8.GetString(JsonPayload.OnOneLine(json).Span);

        Note(name, $"has more than {limits.MaxInfoBytes} bytes for what may be known of a client");
        return null;
    }

    private void Note(string name, string why) => Wrong ??= $"Its {name} {why}.";
}
