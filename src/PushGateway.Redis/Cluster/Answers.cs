using System.Text.Json;

namespace PushGateway.Redis.Cluster;

/// <summary>What a question to several nodes brought.</summary>
/// <param name="Bodies">One for each node that answered.</param>
/// <param name="SilentNodes">Those that did not in time, ordered.</param>
internal sealed record Answers(IReadOnlyList<JsonElement> Bodies, IReadOnlyList<string> SilentNodes);
