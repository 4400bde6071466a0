using System.Threading.Tasks.Sources;

namespace PushGateway.Redis.Publishing;

/// <summary>
/// Somebody who waits for the answer to one command. Used again and again, so that waiting allocates nothing: <see cref="ReplyAsync"/> is to be awaited exactly once.
/// </summary>
/// <remarks>
/// What follows runs on the thread pool, never on the thread that reads answers: it may be a host's own code, which may block, or wait for an answer that only that thread can bring.
/// </remarks>
internal sealed class PublishOperation(Pipeline pipeline) : IValueTaskSource<PublishReply>
{
    private ManualResetValueTaskSourceCore<PublishReply> _core = new() { RunContinuationsAsynchronously = true };

    public ValueTask<PublishReply> ReplyAsync() => new(this, _core.Version);

    /// <summary>Called once, by whoever took it out of the queue of expected replies.</summary>
    public void Complete(in PublishReply reply) => _core.SetResult(reply);

    PublishReply IValueTaskSource<PublishReply>.GetResult(short token)
    {
        var reply = _core.GetResult(token);
        _core.Reset();
        pipeline.Release(this);
        return reply;
    }

    ValueTaskSourceStatus IValueTaskSource<PublishReply>.GetStatus(short token) => _core.GetStatus(token);

    void IValueTaskSource<PublishReply>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);
}
