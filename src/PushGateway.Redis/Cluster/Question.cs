using System.Text.Json;

namespace PushGateway.Redis.Cluster;

/// <summary>Something asked of several nodes, while the answers come in.</summary>
internal sealed class Question(IEnumerable<string> nodes)
{
    private readonly Lock _lock = new();
    private readonly HashSet<string> _silent = new(nodes, StringComparer.Ordinal);
    private readonly List<JsonElement> _answers = [];
    private readonly TaskCompletionSource _complete = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when every node has answered.</summary>
    public Task Complete => _complete.Task;

    /// <summary>Takes the first answer of each node that was asked.</summary>
    public void Answer(string node, JsonElement body)
    {
        lock (_lock)
        {
            if (!_silent.Remove(node))
                return;
            _answers.Add(body);
            if (_silent.Count == 0)
                _complete.TrySetResult();
        }
    }

    public Answers End()
    {
        lock (_lock)
            return new Answers([.. _answers], [.. _silent.Order(StringComparer.Ordinal)]);
    }
}
