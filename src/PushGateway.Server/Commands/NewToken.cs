using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.IdentityModel.JsonWebTokens;

namespace PushGateway.Server.Commands;

/// <summary><c>tokens new</c>: makes a token of a client, as a back end would.</summary>
internal sealed class NewToken
{
    private readonly Option<string> _user = new("--user") { HelpName = "ID", Description = "Whose it is, sub. Without it, an anonymous client's." };

    private readonly Option<string> _channel = new("--channel") { HelpName = "NAME", Description = "Makes a subscription token for this channel. Without it, it is a connection token." };

    private readonly Option<string> _channels = new("--channels") { HelpName = "A,B", Description = "Channels that the server subscribes the client to when it connects." };

    private readonly Option<string> _info = new("--info") { HelpName = "JSON", Description = "What others may know of the client." };

    private readonly Option<string> _meta = new("--meta") { HelpName = "JSON", Description = "What back ends that are asked about the client get to see, and nobody else." };

    private readonly Option<TimeSpan> _expiresIn = new("--expires-in")
    {
        HelpName = "TIME",
        Description = "How long it is good: seconds, or a number with s, m, h or d, or never.",
        DefaultValueFactory = _ => TimeSpan.FromHours(1),
        CustomParser = result => Lifetime(result.Tokens is [{ Value: var text }] ? text : "", result.AddError),
    };

    private readonly Option<string> _kid = new("--kid") { HelpName = "ID", Description = "The key that signs, PushGateway:Security:Tokens:Keys:ID:Secret; with --private-key, what is written into the token." };

    private readonly Option<bool> _jti = new("--jti") { Description = "Gives it an id of its own, by which it can be revoked." };

    private readonly Option<string> _alg = new("--alg") { HelpName = "ALG", Description = "HS256, RS256 or ES256, or the same with 384 or 512. Without it, the first that the key is for." };

    private readonly Option<FileInfo> _privateKey = new("--private-key") { HelpName = "FILE", Description = "A private key in PEM that signs. Without it, a secret of the settings does: that of --kid, or else HmacSecret." };

    public static Command Command(string[] settings, TextWriter output, TextWriter error)
    {
        var one = new NewToken();
        one._privateKey.AcceptExistingOnly();
        var command = new Command("new", "Makes a token, signed by a secret of the server's own settings or by a private key.")
        {
            one._user, one._channel, one._channels, one._info, one._meta, one._expiresIn, one._kid, one._jti, one._alg, one._privateKey,
        };
        command.SetAction((result, cancellationToken) => one.WriteAsync(result, settings, output, error, cancellationToken));
        return command;
    }

    private async Task<int> WriteAsync(ParseResult asked, string[] arguments, TextWriter output, TextWriter error, CancellationToken cancellationToken)
    {
        using var settings = TokenSettings.Read(arguments, error);
        if (settings is null)
            return 1;

        if (!SigningKey.TryFind(settings.Options, asked.GetValue(_kid), asked.GetValue(_alg), asked.GetValue(_privateKey), out var credentials, out var why)
            || !TryWritePayload(asked, settings, out var payload, out why))
        {
            await error.WriteLineAsync(why);
            return 1;
        }

        var token = new JsonWebTokenHandler().CreateToken(payload, credentials);
        await output.WriteLineAsync(token);

        var refused = asked.GetValue(_channel) is null
            ? (await settings.Reader.ReadConnectionAsync(token, cancellationToken)).Why
            : (await settings.Reader.ReadSubscriptionAsync(token, cancellationToken)).Why;
        if (refused is not null)
            await error.WriteLineAsync($"A server with these settings refuses it: {refused}");
        return 0;
    }

    private bool TryWritePayload(ParseResult asked, TokenSettings settings, out string payload, out string? why)
    {
        using var stream = new MemoryStream();
        why = null;
        try
        {
            using var json = new Utf8JsonWriter(stream);
            WriteClaims(json, asked, settings);
        }
        catch (JsonException wrong)
        {
            why = $"--info and --meta must be JSON: {wrong.Message}";
        }

        payload = Encoding.UTF8.GetString(stream.ToArray());
        return why is null;
    }

    private void WriteClaims(Utf8JsonWriter json, ParseResult asked, TokenSettings settings)
    {
        var now = TimeProvider.System.GetUtcNow();
        json.WriteStartObject();
        json.WriteString("sub", asked.GetValue(_user) ?? "");
        if (asked.GetValue(_channel) is { } channel)
            json.WriteString("channel", channel);
        json.WriteNumber("iat", now.ToUnixTimeSeconds());
        if (asked.GetValue(_expiresIn) is var lifetime && lifetime != Timeout.InfiniteTimeSpan)
            json.WriteNumber("exp", (now + lifetime).ToUnixTimeSeconds());
        if (asked.GetValue(_jti))
            json.WriteString("jti", Guid.NewGuid());
        if (settings.Options.Issuer is { } issuer)
            json.WriteString("iss", issuer);
        if (settings.Options.Audience is { } audience)
            json.WriteString("aud", audience);
        WriteRaw(json, "info", asked.GetValue(_info));
        WriteRaw(json, "meta", asked.GetValue(_meta));
        if (asked.GetValue(_channels) is { } channels)
        {
            json.WriteStartArray("channels");
            foreach (var one in channels.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
                json.WriteStringValue(one);
            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    private static void WriteRaw(Utf8JsonWriter json, string name, string? value)
    {
        if (value is null)
            return;

        using var parsed = JsonDocument.Parse(value);
        json.WritePropertyName(name);
        parsed.RootElement.WriteTo(json);
    }

    private static TimeSpan Lifetime(string text, Action<string> refuse)
    {
        if (text == "never")
            return Timeout.InfiniteTimeSpan;

        var (digits, unit) = text switch
        {
            [.. var front, 's'] => (front, 1),
            [.. var front, 'm'] => (front, 60),
            [.. var front, 'h'] => (front, 60 * 60),
            [.. var front, 'd'] => (front, 24 * 60 * 60),
            _ => (text, 1),
        };
        // An int of days is far beyond what a date can hold.
        if (int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && (long)number * unit <= int.MaxValue)
            return TimeSpan.FromSeconds(number * unit);

        refuse("--expires-in must be seconds, such as 90, or a number with s, m, h or d, such as 12h, or never.");
        return default;
    }
}
