using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using PushGateway.Security;
using PushGateway.Security.Tokens;

namespace PushGateway.Server.Commands;

/// <summary><c>tokens check</c>: says what a token grants, or why it is refused.</summary>
internal static class CheckToken
{
    private const string FromInput = "-";

    public static Command Command(string[] settings, TextReader input, TextWriter output)
    {
        var token = new Argument<string>("TOKEN") { Description = "The token, or - to read it from standard input, so that it does not stand in the list of processes." };
        var command = new Command("check", "Says what a token grants at a server with these settings, or why it is refused; the exit code is 0 or 1. Revocations are not looked at.") { token };
        command.SetAction(async (result, cancellationToken) =>
        {
            using var read = TokenSettings.Read(settings, output);
            if (read is null)
                return 1;

            var text = result.GetValue(token)!;
            if (text == FromInput)
                text = await input.ReadLineAsync(cancellationToken) ?? "";
            return await CheckAsync(read.Reader, text.Trim(), output, cancellationToken);
        });
        return command;
    }

    private static async Task<int> CheckAsync(ClientTokens tokens, string text, TextWriter output, CancellationToken cancellationToken)
    {
        var isRead = SignedToken.TryParse(text, out var signed, out _);
        var by = signed is null ? null : $"alg {signed.Algorithm}, {(signed.KeyId is { } kid ? $"kid {SignedToken.Quoted(kid)}" : "no kid")}";
        if (isRead && IsForSubscription(signed!))
        {
            var reading = await tokens.ReadSubscriptionAsync(text, cancellationToken);
            return reading.Grant is { } subscription ? Write(output, subscription, by) : Refuse(output, "subscription", reading.Defect, reading.Why, by);
        }

        var connecting = await tokens.ReadConnectionAsync(text, cancellationToken);
        return connecting.Grant is { } connection ? Write(output, connection, by) : Refuse(output, "connection", connecting.Defect, connecting.Why, by);
    }

    private static bool IsForSubscription(SignedToken token)
    {
        try
        {
            using var payload = JsonDocument.Parse(token.Payload);
            return payload.RootElement.ValueKind == JsonValueKind.Object && payload.RootElement.TryGetProperty("channel", out _);
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static int Write(TextWriter output, ClientGrant grant, string? by)
    {
        output.WriteLine("Good: a connection token.");
        WriteUser(output, grant.Identity.User, by);
        WriteStamp(output, grant.Stamp, grant.Stamp.ExpiresAt);
        WriteLine(output, "info", grant.Identity.Info);
        WriteLine(output, "meta", grant.Meta);
        foreach (var (channel, info) in grant.Channels)
            WriteLine(output, "channel", info is null ? channel : $"{channel}, info {info}");
        return 0;
    }

    private static int Write(TextWriter output, SubscriptionGrant grant, string? by)
    {
        output.WriteLine("Good: a subscription token.");
        WriteUser(output, grant.User, by);
        WriteLine(output, "channel", grant.Channel);
        WriteStamp(output, grant.Stamp, grant.ExpiresAt);
        WriteLine(output, "info", grant.Info);
        return 0;
    }

    private static int Refuse(TextWriter output, string kind, TokenDefect defect, string? why, string? by)
    {
        output.WriteLine($"Refused as a {kind} token: {why}");
        WriteLine(output, "signed", by);
        WriteLine(output, "clients", defect switch
        {
            TokenDefect.Expired => "error 109: they are to get a new one",
            TokenDefect.Unavailable => "error 100: they try again",
            _ => "are closed with 3500",
        });
        return 1;
    }

    private static void WriteUser(TextWriter output, string user, string? by)
    {
        WriteLine(output, "user", user.Length > 0 ? user : "anonymous");
        WriteLine(output, "signed", by);
    }

    private static void WriteStamp(TextWriter output, TokenStamp stamp, DateTimeOffset? ends)
    {
        WriteLine(output, "until", ends is { } end ? end.ToString("u", CultureInfo.InvariantCulture) : "for ever");
        WriteLine(output, "issued", stamp.IssuedAt?.ToString("u", CultureInfo.InvariantCulture));
        WriteLine(output, "jti", stamp.TokenId is { } id ? SignedToken.Quoted(id) : null);
    }

    private static void WriteLine(TextWriter output, string name, string? value)
    {
        if (value is not null)
            output.WriteLine($"  {name,-8} {value}");
    }
}
