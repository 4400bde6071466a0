using System.Text;
using Microsoft.Extensions.Options;
using PushGateway.Channels;
using PushGateway.Cluster;
using PushGateway.Notifications;

namespace PushGateway.Connections;

/// <summary>What an order to the connections of a user must be like, whether it comes by HTTP, from C# or from another node.</summary>
internal sealed class OrderRules(ChannelDirectory channels, IOptions<PushGatewayOptions> options)
{
    // The codes that are an application's own: 4000 to 4499 let the client come back, 4500 to 4999 do not.
    private const int FirstOwnCode = 4000, LastOwnCode = 4999;

    // Those that this gateway makes have 8 characters.
    private const int MaxEpochLength = 255;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly int _maxInfoBytes = options.Value.Connections.MaxInfoBytes;

    /// <exception cref="InvalidOrderException">Names the part at fault.</exception>
    public static void Check(Disconnection order)
    {
        Check(order.User, order.Client);
        if (order.Code is not (Disconnection.ForceDisconnect or Disconnection.ForceReconnect or (>= FirstOwnCode and <= LastOwnCode)))
            throw new InvalidOrderException("code", $"must be {Disconnection.ForceDisconnect}, {Disconnection.ForceReconnect} or a number from {FirstOwnCode} to {LastOwnCode}");

        if (order.Reason is { } reason && (BytesOf(reason) > Disconnection.MaxReasonBytes || reason.Any(char.IsControl)))
            throw new InvalidOrderException("reason", $"must have at most {Disconnection.MaxReasonBytes} bytes of well-formed text without control characters");
    }

    /// <exception cref="InvalidOrderException">Names the part at fault.</exception>
    public void Check(Unsubscription order)
    {
        Check(order.User, order.Client);
        CheckChannel(order.Channel, order.User);
    }

    /// <exception cref="InvalidOrderException">Names the part at fault.</exception>
    public void Check(ServerSubscription order)
    {
        Check(order.User, order.Client);
        if (CheckChannel(order.Channel, order.User) is { IsForUsers: true } channel && !channel.IsFor(order.User))
            throw new InvalidOrderException("channel", "is for other users");

        if (order.Info is { } info)
            CheckInfo(info);
        if (order.Since is not var (offset, epoch))
            return;

        if (offset > ChannelHistory.MaxOffset)
            throw new InvalidOrderException("recover.offset", $"must be a number from 0 to {ChannelHistory.MaxOffset}");

        if (epoch is not { Length: > 0 and <= MaxEpochLength })
            throw new InvalidOrderException("recover.epoch", "must be the epoch that the offset counts in");
    }

    private static void Check(string? user, string? client)
    {
        if (!ChannelName.IsUser(user, out var why))
            throw new InvalidOrderException("user", why);

        if (client is not null && !Guid.TryParseExact(client, "D", out _))
            throw new InvalidOrderException("client", "must be the id of a connection");
    }

    private ChannelName CheckChannel(string? channel, string user)
    {
        if (!channels.TryGetRules(channel, out _, out var why) || !ChannelName.TryParse(channel, out var name, out why))
            throw new InvalidOrderException("channel", why);

        // Every connection of a user has the user's own channel, and no other has it: that is how the user's connections are found.
        if (name.IsPersonal)
            throw new InvalidOrderException(
                "channel", $"is a user's own, which every connection of that user has and no other: to end it, use DELETE /v1/users/{Uri.EscapeDataString(user)}/connections");

        return name;
    }

    private void CheckInfo(string info)
    {
        if (BytesOf(info) > _maxInfoBytes)
            throw new InvalidOrderException("info", $"has more than {_maxInfoBytes} bytes");

        if (!JsonPayload.IsOneValue(Encoding.UTF8.GetBytes(info)))
            throw new InvalidOrderException("info", $"must be one JSON value, nested at most {JsonPayload.MaxDepth} deep");
    }

    /// <summary>How long a text is in UTF-8; longer than any limit when it has half of a surrogate pair.</summary>
    private static int BytesOf(string text)
    {
        try
        {
            return Strict.GetByteCount(text);
        }
        catch (EncoderFallbackException)
        {
            return int.MaxValue;
        }
    }
}
