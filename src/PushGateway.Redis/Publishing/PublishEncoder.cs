using System.Text;
using PushGateway.Brokers;
using PushGateway.Redis.Brokers;
using PushGateway.Redis.PubSub;

namespace PushGateway.Redis.Publishing;

/// <summary>Writes publications as commands, without a string or a buffer between.</summary>
/// <param name="keys">The names of a channel in Redis.</param>
/// <param name="clock">By which it is told when they were taken.</param>
internal sealed class PublishEncoder(ChannelKeys keys, RedisClock clock)
{
    private const int ScriptArguments = 10;

    /// <summary>Writes PUBLISH, or on Redis Cluster SPUBLISH.</summary>
    public void WritePlain(CommandWriter commands, in PublishRequest request, bool isSharded)
    {
        commands.Begin(3);
        commands.Bytes(Word(isSharded));
        Name(commands, keys.TopicStart, request.Channel);
        WriteEnvelope(commands, in request);
    }

    /// <summary>Writes EVALSHA with the script that publishes; publish.lua says what its arguments are.</summary>
    public void WriteScript(CommandWriter commands, in PublishRequest request, bool isSharded, ReadOnlySpan<byte> script)
    {
        var idempotency = request.Options.Idempotency;
        var names = idempotency is null ? 2 : 3;
        commands.Begin(3 + names + ScriptArguments);
        commands.Bytes("EVALSHA"u8);
        commands.Bytes(script);
        commands.Number(names);
        Name(commands, keys.MetaStart, request.Channel);
        Name(commands, keys.HistoryStart, request.Channel);
        if (idempotency is not null)
            commands.Text(keys.Idempotency(request.Channel, idempotency.Key));
        commands.Bytes(Word(isSharded));
        Name(commands, keys.TopicStart, request.Channel);
        WriteEnvelope(commands, in request);
        commands.Text(Epoch.New());
        commands.Number(request.Size);
        commands.Number(request.Ttl);
        commands.Number(request.MetaTtl);
        if (request.Options.Version is { } version)
            commands.Number((long)version);
        else
            commands.Bytes(default);
        commands.Bytes(idempotency is null ? default : idempotency.Fingerprint.Span);
        commands.Number(request.KeyTtl);
    }

    /// <summary>The slot of a Redis Cluster that a channel is in.</summary>
    public static int SlotOf(string channel)
    {
        // All names of a channel have it as their hash tag. Up to what names may have, without a buffer of its own.
        Span<byte> tag = channel.Length <= AsciiNames.MaxLength ? stackalloc byte[2 + (3 * AsciiNames.MaxLength)] : new byte[2 + (3 * channel.Length)];
        tag[0] = (byte)'{';
        var length = 1 + Encoding.UTF8.GetBytes(channel, tag[1..]);
        tag[length++] = (byte)'}';
        return HashSlot.Of(tag[..length]);
    }

    private static ReadOnlySpan<byte> Word(bool isSharded) => isSharded ? "SPUBLISH"u8 : "PUBLISH"u8;

    private static void Name(CommandWriter commands, string start, string channel)
    {
        var word = commands.Bulk(start.Length + Encoding.UTF8.GetByteCount(channel) + ChannelKeys.TopicEnd.Length);
        word = word[Encoding.ASCII.GetBytes(start, word)..];
        word = word[Encoding.UTF8.GetBytes(channel, word)..];
        Encoding.ASCII.GetBytes(ChannelKeys.TopicEnd, word);
    }

    private void WriteEnvelope(CommandWriter commands, in PublishRequest request) =>
        Envelope.Write(request.Publication, commands.Bulk(Envelope.GetLength(request.Publication)), clock.Ahead);
}
