using StackExchange.Redis;

namespace PushGateway.Redis.Cluster;

/// <summary>What a node learned from one beat: that its own lease runs, and which others do.</summary>
internal sealed class LeaseView
{
    private readonly HashSet<string> _live;
    private readonly bool _isComplete;

    /// <param name="incarnation">This node's.</param>
    /// <param name="asked">The node's timestamp before the beat was sent, from which all times count: they end rather too early.</param>
    /// <param name="duration">For how long the own lease was taken.</param>
    /// <param name="answer">What <c>heartbeat.lua</c> returned.</param>
    /// <param name="time">Where timestamps come from.</param>
    public LeaseView(string incarnation, long asked, TimeSpan duration, RedisResult answer, TimeProvider time)
    {
        Incarnation = incarnation;
        RedisTime = (long)answer[1] / 1000;
        EndsAt = asked + ToTicks(duration, time);
        ChangesAt = EndsAt;
        _isComplete = RedisTime >= (long)answer[2] + (long)duration.TotalMilliseconds;

        var live = (RedisValue[])answer[3]!;
        _live = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i + 1 < live.Length; i += 2)
        {
            _live.Add(live[i].ToString());
            ChangesAt = Math.Min(ChangesAt, asked + ToTicks(TimeSpan.FromMilliseconds((long)live[i + 1]), time));
        }

        Live = $",{string.Join(',', _live)},";
        Graves = (string[])answer[4]!;
    }

    /// <summary>The name under which this node is alive. Another after its lease was lost: the old one never comes back.</summary>
    public string Incarnation { get; }

    /// <summary>Redis' time at the beat, in Unix ms.</summary>
    public long RedisTime { get; }

    /// <summary>Until when the own lease runs at least: a timestamp of this node.</summary>
    public long EndsAt { get; }

    /// <summary>Until when all of it holds: when the first lease runs out, unless it is renewed.</summary>
    public long ChangesAt { get; }

    /// <summary>All incarnations that live, as scripts take them: with a comma in front of each and one at the end.</summary>
    public string Live { get; }

    /// <summary>How many those are.</summary>
    public int LiveCount => _live.Count;

    /// <summary>Dead incarnations that are still to be reaped.</summary>
    public IReadOnlyList<string> Graves { get; }

    /// <summary>
    /// Whether an incarnation is known to be dead. Not if it merely is not known while the leases are younger than one lasts: they were lost then, and the nodes are about to take new ones.
    /// </summary>
    public bool IsDead(string incarnation) => !_live.Contains(incarnation) && (_isComplete || Graves.Contains(incarnation));

    private static long ToTicks(TimeSpan span, TimeProvider time) => (long)(span.TotalSeconds * time.TimestampFrequency);
}
