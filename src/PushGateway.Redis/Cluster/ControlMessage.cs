using System.Text.Json;

namespace PushGateway.Redis.Cluster;

/// <summary>What nodes say to each other. A node passes over kinds it does not know and fields it does not know, so versions may be mixed.</summary>
/// <param name="Version">Raised only by a change that older nodes must not misread; they pass over the message then.</param>
/// <param name="Kind">What is asked; an answer has the kind of its question.</param>
/// <param name="Id">Names the question; the answer repeats it.</param>
/// <param name="From">The node that speaks.</param>
/// <param name="ReplyTo">The topic to answer on; null in an answer.</param>
/// <param name="Body">The question or the answer, by kind.</param>
internal sealed record ControlMessage(int Version, string Kind, string Id, string From, string? ReplyTo, JsonElement Body)
{
    public const int CurrentVersion = 1;
}
