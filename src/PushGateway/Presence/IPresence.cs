using PushGateway.Brokers;

namespace PushGateway.Presence;

/// <summary>Who is in which channel, over all nodes. Not asked of the nodes: it stands in the back end, written when somebody joins or leaves, and never in between.</summary>
/// <remarks>
/// The contract, held by one test suite for all implementations:
/// <list type="bullet">
/// <item>Once <see cref="JoinAsync"/> has completed, every answer of every node names the member, until it leaves or its node is taken for dead.</item>
/// <item>Once <see cref="LeaveAsync"/> has completed, no answer names it, or, where it may return, not for longer than the delay. That is tried until it is done: a back end that is away delays it, and does not prevent it.</item>
/// <item>The members of a node that died are gone from every answer when its lease has run out, and their leaving is announced once, by whichever node is there.</item>
/// <item>Answers count exactly: as many clients as <see cref="ReadAsync"/> lists, and as many users as these have.</item>
/// <item>Where the rules say so, each joining and each leaving is announced to the listeners of all nodes that are subscribed to the channel at the broker, in the order in which they
/// happened, and for one member the joining first. What an interrupted node misses can be found by reading: <see cref="PresencePage.Sequence"/>.</item>
/// <item>All members may be called from any thread, and none blocks the calling one.</item>
/// </list>
/// </remarks>
public interface IPresence : IAsyncDisposable
{
    /// <summary>How many users <see cref="ReadUsersAsync"/> takes at most.</summary>
    const int MaxUsers = 1_000;

    /// <summary>How many members <see cref="ReadAsync"/> returns at most.</summary>
    const int MaxPageSize = 1_000;

    /// <summary>Begins to work, after broker and cluster. An unreachable back end is no error here: it is tried again.</summary>
    ValueTask StartAsync(IPresenceListener listener, CancellationToken cancellationToken);

    /// <summary>Why nobody can be told now who is there, in a sentence for operators without secrets; null when that can be told. Never blocks. Default: null.</summary>
    string? WhyNotReady => null;

    /// <summary>Adds a member to a channel; completes when the back end has it. Called once for a membership.</summary>
    /// <exception cref="BrokerUnavailableException">The back end cannot be reached, or did not answer in time. The caller then lets the membership leave, since nobody knows whether it was written.</exception>
    ValueTask JoinAsync(Membership membership, CancellationToken cancellationToken);

    /// <summary>Takes a member out, wherever its joining stands. Takes effect in the order of the calls, and for as long as the back end is away it is tried again.</summary>
    /// <param name="membership">The membership. Where it was let go before, nothing happens.</param>
    /// <param name="mayReturn">The client is gone and may come back, so that <see cref="MembershipRules.LeaveDelay"/> counts; false when it left the channel or was sent away.</param>
    /// <returns>Completes when the back end has it: that the member has left, or that it is gone and its delay has begun. Nobody need wait for it. Never fails.</returns>
    Task LeaveAsync(Membership membership, bool mayReturn);

    /// <summary>
    /// Reads who is in a channel, page by page. Who is there from the first page to the last is listed once, also when the member that a page ended with has left since.
    /// </summary>
    /// <exception cref="InvalidCursorException"><see cref="PresenceQuery.After"/> is none of this back end's cursors, whatever else it is.</exception>
    /// <exception cref="BrokerUnavailableException">The back end cannot be reached, or did not answer in time.</exception>
    ValueTask<PresencePage> ReadAsync(string channel, PresenceQuery query, CancellationToken cancellationToken);

    /// <summary>Counts who is in a channel, at a cost that does not depend on their number.</summary>
    /// <exception cref="BrokerUnavailableException">The back end cannot be reached, or did not answer in time.</exception>
    ValueTask<PresenceStats> CountAsync(string channel, CancellationToken cancellationToken);

    /// <summary>Reads which users are online, in one round trip for each part of the back end.</summary>
    /// <param name="users">At most <see cref="MaxUsers"/>. One may stand there more than once.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>One for each, in their order.</returns>
    /// <exception cref="BrokerUnavailableException">The back end cannot be reached, or did not answer in time.</exception>
    ValueTask<IReadOnlyList<UserPresence>> ReadUsersAsync(IReadOnlyList<string> users, CancellationToken cancellationToken);
}
