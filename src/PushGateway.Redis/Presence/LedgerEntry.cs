using PushGateway.Brokers;
using PushGateway.Presence;

namespace PushGateway.Redis.Presence;

/// <summary>One membership of this node, from the call that begins it until Redis has that it is over.</summary>
internal sealed class LedgerEntry(Membership membership, long token)
{
    private const byte Present = (byte)'m';
    private const byte Waiting = (byte)'w';

    private readonly TaskCompletionSource _joined = New();
    private readonly TaskCompletionSource _left = New();

    public Membership Membership { get; } = membership;

    /// <summary>Whether the client is gone but may return. Guarded by the channel's lock.</summary>
    public bool IsWaiting { get; set; }

    /// <summary>Whether it is to be taken out. Guarded by the channel's lock.</summary>
    public bool HasLeft { get; set; }

    /// <summary>Completes when Redis has it.</summary>
    public Task Joined => _joined.Task;

    /// <summary>Completes when Redis does not have it any more.</summary>
    public Task Left => _left.Task;

    /// <summary>As <c>members.lua</c> takes it.</summary>
    public byte[] Write() => MemberEntry.Write(IsWaiting ? Waiting : Present, Membership, token);

    /// <summary>Redis has what was to be written.</summary>
    /// <param name="hasLeft">Whether that was that it is over.</param>
    public void Done(bool hasLeft)
    {
        _joined.TrySetResult();
        if (hasLeft)
            _left.TrySetResult();
    }

    /// <summary>Nobody knows whether it was written.</summary>
    public void Failed(BrokerUnavailableException e)
    {
        _joined.TrySetException(e);
        _ = _joined.Task.Exception; // Whoever joined may have given up.
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
