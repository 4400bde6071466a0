using System.Text.Json;
using PushGateway.Notifications;
using PushGateway.Protocol;
using PushGateway.Protocol.Json;

namespace PushGateway.Tests.Fuzz;

/// <summary>The reader of commands answers and never throws, takes only what is JSON, and finds the same in the same line.</summary>
internal sealed class CommandProperty() : Property("commands", [.. "{}[]\",:\\\n\r\t u0d8-+eE.1truefalsnil/"u8])
{
    private static readonly JsonDocumentOptions AsDeep = new() { MaxDepth = JsonPayload.MaxDepth + 2 };

    public override void Check(Mutator mutator, byte[] input)
    {
        ReadOnlyMemory<byte> message = input;
        do
        {
            var before = message;
            if (!JsonProtocol.Instance.TryRead(ref message, out var command))
                return;

            Accepted++;
            Require(message.Length < before.Length, "Nothing was used up.");
            ReadOnlyMemory<byte> line = before[..^message.Length].ToArray();
            var again = line;
            Require(JsonProtocol.Instance.TryRead(ref again, out var same) && again.IsEmpty && AreSame(command, same), "Read again it is another one.");
            using var json = JsonDocument.Parse(line, AsDeep); // Throws for what is no JSON.
            Require(json.RootElement.ValueKind == JsonValueKind.Object, "It is no object.");
            if (command.Request is PublishRequest { Data: { IsEmpty: false } data })
                JsonDocument.Parse(data, AsDeep).Dispose();
        }
        while (!message.IsEmpty);
    }

    private static bool AreSame(Command one, Command other)
    {
        if (one.Request is PublishRequest publish && other.Request is PublishRequest same)
            return (one.Id, publish.Channel) == (other.Id, same.Channel) && publish.Data.Span.SequenceEqual(same.Data.Span);
        if (one.Request is ConnectRequest connect && other.Request is ConnectRequest equal)
            return (one.Id, connect.Token, connect.Name, connect.Version) == (other.Id, equal.Token, equal.Name, equal.Version)
                && connect.Data.Span.SequenceEqual(equal.Data.Span)
                && (connect.Subscriptions?.Count, connect.Headers?.Count) == (equal.Subscriptions?.Count, equal.Headers?.Count);

        if (one.Request is SubscribeRequest subscribe && other.Request is SubscribeRequest alike)
            return one.Id == other.Id && subscribe.Data.Span.SequenceEqual(alike.Data.Span) && subscribe with { Data = default } == alike with { Data = default };

        return one == other;
    }
}
