using System.Text;
using PushGateway.Channels;
using PushGateway.Cluster;

namespace PushGateway.Api;

/// <summary>The body of <c>POST /v1/users/{user}/subscriptions</c>.</summary>
internal sealed class SubscriptionRequest
{
    public string? Channel { get; set; }

    public RawJson? Info { get; set; }

    public Position? Recover { get; set; }

    public string? Client { get; set; }

    /// <summary>Reads a body. Whether the order may be given is another question.</summary>
    /// <param name="body">The whole body.</param>
    /// <param name="user">The user, from the address.</param>
    /// <exception cref="InvalidRequestException">Names the field at fault.</exception>
    public static ServerSubscription Read(ReadOnlyMemory<byte> body, string user)
    {
        var request = ApiJson.Read(body, ApiJson.Default.SubscriptionRequest);
        return new ServerSubscription(user, request.Channel ?? throw new InvalidRequestException("channel", "is missing"), TextOf(body.Span, request.Info), request.Recover?.Read(), request.Client);
    }

    // A null counts as absent.
    private static string? TextOf(ReadOnlySpan<byte> body, RawJson? raw) =>
        raw is not null && body.Slice(raw.Start, raw.Length) is var text && !text.SequenceEqual("null"u8) ? Encoding.UTF8.GetString(text) : null;

    /// <summary>A place in the history of the channel.</summary>
    internal sealed class Position
    {
        public ulong? Offset { get; set; }

        public string? Epoch { get; set; }

        public StreamPosition Read() => new(
            Offset ?? throw new InvalidRequestException("recover.offset", "is missing"), Epoch ?? throw new InvalidRequestException("recover.epoch", "is missing"));
    }
}
