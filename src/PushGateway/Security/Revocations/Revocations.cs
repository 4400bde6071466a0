using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Options;
using PushGateway.Security.Tokens;

namespace PushGateway.Security.Revocations;

/// <summary>The revocations in force, as this node knows them.</summary>
internal sealed class Revocations(TimeProvider time, IOptions<PushGatewayOptions> options)
{
    // Looked at for each that is added: more than one, so that what is over never piles up, and few, so that no caller pays for a long pause.
    private const int LooksAtOnce = 16;

    private readonly int _max = options.Value.Security.MaxRevocations;
    private readonly Lock _gate = new();
    private readonly Dictionary<Subject, Revocation> _all_NeedsLock = [];

    // Each once, by when it was to be forgotten when it was put here. One that is kept for longer is put back when its turn comes; one that is kept for ever is not here.
    private readonly PriorityQueue<Subject, DateTimeOffset> _due_NeedsLock = new();
    private volatile bool _areKnown;

    /// <summary>Whether those of the cluster have been read once. Until then no token can be trusted.</summary>
    public bool AreKnown => _areKnown;

    /// <summary>Those that are to be remembered now, in no order.</summary>
    public IReadOnlyList<Revocation> All
    {
        get
        {
            var now = time.GetUtcNow();
            lock (_gate)
                return [.. _all_NeedsLock.Values.Where(revocation => !IsOver(revocation, now))];
        }
    }

    /// <summary>Whether something that was granted to a user has been taken back. As long as nobody knows, it has.</summary>
    public bool Contain(string user, TokenStamp stamp) => !_areKnown || Revoke(user, stamp);

    /// <summary>Whether one of those that are known takes back what was granted to a user.</summary>
    /// <param name="user">Whose it is; empty for an anonymous client.</param>
    /// <param name="stamp">Null for what nobody knows the beginning of: it counts as older than any revocation.</param>
    public bool Revoke(string user, TokenStamp? stamp)
    {
        var now = time.GetUtcNow();
        lock (_gate)
            return (Find_NeedsLock(new Subject(user, null), now, out var ofUser) && (stamp?.IssuedAt is not { } issued || issued < ofUser.Before))
                || (stamp?.TokenId is { } id && Find_NeedsLock(new Subject(null, id), now, out _));
    }

    /// <summary>Whether there is room for one more, or what it is about is revoked already, so that none is needed.</summary>
    public bool HasRoomFor(Revocation revocation)
    {
        lock (_gate)
        {
            if (_all_NeedsLock.Count >= _max)
                Forget_NeedsLock(int.MaxValue);
            return _all_NeedsLock.Count < _max || _all_NeedsLock.ContainsKey(Subject.Of(revocation));
        }
    }

    /// <summary>Remembers a revocation, also beyond the limit: it was accepted somewhere, and tokens that are taken all the same would be worse.</summary>
    /// <returns>False when it says nothing new.</returns>
    public bool Add(Revocation revocation)
    {
        var subject = Subject.Of(revocation);
        lock (_gate)
        {
            Forget_NeedsLock(LooksAtOnce);
            var isKnown = _all_NeedsLock.TryGetValue(subject, out var before);
            var after = isKnown ? before!.With(revocation) : revocation;
            if (after == before)
                return false;

            _all_NeedsLock[subject] = after;
            if (!isKnown && after.KeepUntil is { } until)
                _due_NeedsLock.Enqueue(subject, until);
            return true;
        }
    }

    /// <summary>All that were made before are known from now on.</summary>
    public void BecomeKnown() => _areKnown = true;

    private bool Find_NeedsLock(Subject subject, DateTimeOffset now, [NotNullWhen(true)] out Revocation? found) =>
        _all_NeedsLock.TryGetValue(subject, out found) && !IsOver(found, now);

    private void Forget_NeedsLock(int looks)
    {
        var now = time.GetUtcNow();
        for (; looks > 0 && _due_NeedsLock.TryPeek(out var subject, out var due) && due <= now; looks--)
        {
            _due_NeedsLock.Dequeue();
            if (IsOver(_all_NeedsLock[subject], now))
                _all_NeedsLock.Remove(subject);
            else if (_all_NeedsLock[subject].KeepUntil is { } until)
                _due_NeedsLock.Enqueue(subject, until);
        }
    }

    private static bool IsOver(Revocation revocation, DateTimeOffset now) => revocation.KeepUntil <= now;

    /// <summary>A user, or the id of a token.</summary>
    private readonly record struct Subject(string? User, string? TokenId)
    {
        public static Subject Of(Revocation revocation) => new(revocation.TokenId is null ? revocation.User : null, revocation.TokenId);
    }
}
