using System.Text.Json;
using PushGateway.Notifications;
using PushGateway.Protocol;
using PushGateway.Protocol.Json;

namespace PushGateway.Tests.Fuzz;

/// <summary>The reader of commands answers and never throws, takes only what is JSON, and finds the same in the same line.</summary>
internal sealed class CommandProperty() : Property("commands", [.. "{}[]\",:\\\n\r\t u0d8-+eE.1truefalsnil/"u8])
{
    private static readonly IReadOnlyDictionary<string, string> None = new Dictionary<string, string>();

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

    // Payloads are memory, and what a connect command has by name is in dictionaries, which are equal by what they refer to.
    private static bool AreSame(Command one, Command other) => one.Id == other.Id && (one.Request, other.Request) switch
    {
        (PublishRequest a, PublishRequest b) => a.Channel == b.Channel && AreSame(a.Data, b.Data),
        (SubscribeRequest a, SubscribeRequest b) => AreSame(a.Data, b.Data) && a with { Data = default } == b with { Data = default },
        (ConnectRequest a, ConnectRequest b) => AreSame(a.Data, b.Data)
            && a.Subscriptions?.Count == b.Subscriptions?.Count
            && a.Headers?.Count == b.Headers?.Count
            && (a.Headers ?? None).All(header => b.Headers![header.Key] == header.Value)
            && a with { Data = default, Subscriptions = null, Headers = null } == b with { Data = default, Subscriptions = null, Headers = null },
        var (a, b) => a == b,
    };

    private static bool AreSame(ReadOnlyMemory<byte> one, ReadOnlyMemory<byte> other) => one.Span.SequenceEqual(other.Span);
}
