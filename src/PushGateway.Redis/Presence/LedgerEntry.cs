using PushGateway.Presence;

namespace PushGateway.Redis.Presence;

/// <summary>One membership of this node, from the call that begins it until Redis has that it is over.</summary>
internal sealed class LedgerEntry(Membership membership, long token)
{
    private readonly TaskCompletionSource _joined = New();
    private TaskCompletionSource? _waiting, _left;

    public Membership Membership { get; } = membership;

    /// <summary>How it is to stand in Redis. Guarded by the channel's lock.</summary>
    public LedgerState State { get; private set; }

    /// <summary>Completes when Redis has it.</summary>
    public Task Joined => _joined.Task;

    /// <summary>Has it wait, or be over. Completes when Redis has that.</summary>
    public Task MoveTo(LedgerState state)
    {
        State = state;
        return (state is LedgerState.Left ? _left ??= New() : _waiting ??= New()).Task;
    }

    /// <summary>As <c>members.lua</c> takes it.</summary>
    public byte[] Write() => MemberEntry.Write(State is LedgerState.Waiting ? (byte)'w' : (byte)'m', Membership, token);

    /// <summary>Redis has what was to be written.</summary>
    /// <param name="state">How it stood then.</param>
    public void Done(LedgerState state)
    {
        _joined.TrySetResult();
        if (state >= LedgerState.Waiting)
            _waiting?.TrySetResult();
        if (state is LedgerState.Left)
            _left?.TrySetResult();
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
