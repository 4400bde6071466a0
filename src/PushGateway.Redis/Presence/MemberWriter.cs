using PushGateway.Brokers;
using PushGateway.Presence;
using PushGateway.Redis.Brokers;
using PushGateway.Redis.Scripts;
using StackExchange.Redis;

namespace PushGateway.Redis.Presence;

/// <summary>Calls <c>members.lua</c>.</summary>
internal sealed class MemberWriter(RedisConnection redis, ChannelKeys keys)
{
    /// <summary>How many members one call removes at most, beyond those it replaces: what takes Redis no more than some milliseconds.</summary>
    public const int MaxRemovals = 200;

    /// <summary>Writes what an incarnation has in a channel.</summary>
    /// <param name="channel">The channel.</param>
    /// <param name="incarnation">The incarnation.</param>
    /// <param name="former">Others of the same node whose members it takes over, one behind the other.</param>
    /// <param name="deadline">Redis' time after which nothing is done, in Unix ms; 0 for none.</param>
    /// <param name="rules">The rules of the channel; null for what was done before.</param>
    /// <param name="isRepeated">Whether it may have been written before, so that a transition of the user may be still to be announced.</param>
    /// <param name="ranges">What is written.</param>
    /// <exception cref="BrokerUnavailableException">Redis cannot be reached, or did not answer in time. It may have been done.</exception>
    public async ValueTask<MembersAnswer> WriteAsync(
        string channel, string incarnation, string former, long deadline, MembershipRules? rules, bool isRepeated, IReadOnlyList<MemberRange> ranges)
    {
        var arguments = new List<RedisValue>(16)
        {
            default, // The command that publishes, known once connected.
            keys.Topic(channel),
            incarnation,
            former,
            deadline,
            rules is null ? RedisValue.EmptyString : rules.Announces,
            rules?.User is { } user ? Math.Max(1, (long)user.LastSeenTtl.TotalMilliseconds) : RedisValue.EmptyString,
            rules?.User is { Announces: true },
            rules is { LeaveDelay.Ticks: > 0 },
            isRepeated,
            MaxRemovals,
        };
        var script = Script.MembersOut;
        foreach (var range in ranges)
        {
            if (range.Entries.Count > 0)
                script = Script.Members;
            arguments.Add(range.From);
            arguments.Add(range.To);
            arguments.Add(range.Entries.Count);
            foreach (var entry in range.Entries)
                arguments.Add(entry);
        }

        RedisKey[] names =
        [
            keys.Members(channel), keys.MemberUsers(channel), keys.MemberSequence(channel), keys.MembersWaiting(channel), keys.UserState(channel),
        ];
        var result = await redis.RunAsync(
            static (redis, state) =>
            {
                state.Arguments[0] = state.Redis.IsSharded ? "SPUBLISH" : "PUBLISH";
                return state.Script.EvaluateAsync(redis, state.Keys, state.Arguments);
            },
            (Redis: redis, Script: script, Keys: names, Arguments: arguments.ToArray()),
            CancellationToken.None);
        return ToAnswer(channel, result);
    }

    /// <summary>Takes out what a dead incarnation has in a channel, to the last, as the channel's rules were.</summary>
    /// <returns>The answer to the last call.</returns>
    /// <exception cref="BrokerUnavailableException">Redis cannot be reached, or did not answer in time.</exception>
    public async ValueTask<MembersAnswer> RemoveAllAsync(string channel, string incarnation)
    {
        while (true)
        {
            // There is no deadline: whenever it is done, the incarnation is dead.
            var answer = await WriteAsync(channel, incarnation, "", deadline: 0, rules: null, isRepeated: true, [MemberRange.Nothing]);
            if (!answer.HasMore)
                return answer;
        }
    }

    private static MembersAnswer ToAnswer(string channel, RedisResult result)
    {
        var time = (long)result[1];
        if ((int)result[0] == 0)
            return new MembersAnswer(time, IsTooLate: true);

        var version = (long)result[6];
        return new MembersAnswer(
            time,
            HasMore: (bool)result[2],
            Transition: version == 0 ? null : UserStates.From(channel[1..], (long)result[3], (long)result[4], (long)result[5]),
            Version: version);
    }
}
