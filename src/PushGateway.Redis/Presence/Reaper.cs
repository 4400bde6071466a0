using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using PushGateway.Brokers;
using PushGateway.Redis.Cluster;
using PushGateway.Redis.Scripts;
using StackExchange.Redis;

namespace PushGateway.Redis.Presence;

/// <summary>
/// Takes out the members of dead incarnations and has their leaving announced. One node at a time works at one of them, by a claim that runs out when it dies over it; should two do it
/// all the same, each member is taken out and announced once, since that is one step.
/// </summary>
internal sealed partial class Reaper(RedisConnection redis, ClusterKeys keys, MemberWriter writer, UserAnnouncer announcer, ILogger logger) : IDisposable
{
    // Renewed by each batch. A node that dies over its work is followed by another after both at most: of the 8 s within which leaves are to be out, leases take 6, and the work needs some too.
    private static readonly TimeSpan Claim = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(100);

    // Where one begins: with the channels of which somebody may be told, and not with the users' own, of which there may be as many as connections. Those come in the second round.
    private const string BehindUsers = "#\u007f";

    private const int Batch = 100;
    private const int AtOnce = 32;

    private readonly ConcurrentDictionary<string, byte> _working = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _stopping = new();

    /// <summary>Sees to it that the dead are reaped, by whichever node.</summary>
    public void Look(LeaseView lease)
    {
        foreach (var dead in lease.Graves)
            if (!_stopping.IsCancellationRequested && _working.TryAdd(dead, 0))
                _ = Task.Run(() => ReapAsync(dead, lease.Incarnation));
    }

    /// <summary>Takes out what a dead incarnation has in one channel.</summary>
    /// <exception cref="BrokerUnavailableException">Redis cannot be reached, or did not answer in time; or it could not be told of the user.</exception>
    public async ValueTask RemoveAsync(string channel, string dead)
    {
        var answer = await writer.RemoveAllAsync(channel, dead);
        if (answer.Transition is { } user)
            await announcer.TellAsync(channel, user, answer.Version);
    }

    /// <summary>Stops; what is under way is done, and the rest left to the others.</summary>
    public void Dispose() => _stopping.Cancel();

    // The claim is held under the incarnation of the node, so that it can be seen in Redis who reaps.
    private async Task ReapAsync(string dead, string reaper)
    {
        try
        {
            var reaped = 0;
            var after = BehindUsers;
            string[] done = [];
            while (!_stopping.IsCancellationRequested)
            {
                var (isMine, channels, left) = await NextAsync(reaper, dead, after, done);
                reaped += done.Length;
                done = [];
                if (isMine && left == 0)
                {
                    redis.Meters.Reaped();
                    if (reaped > 0)
                        Log.Reaped(logger, dead, reaped);
                    return;
                }

                if (channels.Length > 0)
                    done = await RemoveAsync(channels, dead);
                else
                    await Task.Delay(RetryDelay, redis.Time, _stopping.Token);
                after = channels.Length > 0 ? channels[^1] : "";
            }
        }
        catch (BrokerUnavailableException)
        {
            // The next beat that succeeds finds the grave again.
        }
        catch (OperationCanceledException)
        {
            // The node stops.
        }
        catch (Exception e)
        {
            Log.Failed(logger, e, dead);
        }
        finally
        {
            _working.TryRemove(dead, out _);
        }
    }

    private async ValueTask<(bool IsMine, string[] Channels, long Left)> NextAsync(string reaper, string dead, string after, string[] done)
    {
        RedisValue[] arguments = [reaper, (long)Claim.TotalMilliseconds, dead, Batch, after, .. done.Select(static channel => (RedisValue)channel)];
        var result = await redis.RunAsync(
            static (redis, state) => Script.Reap.EvaluateAsync(redis, state.Keys, state.Arguments),
            (Keys: (RedisKey[])[keys.Reaper(dead), keys.Channels(dead), keys.Graves], Arguments: arguments),
            _stopping.Token);
        return ((bool)result[0], (string[])result[1]!, (long)result[2]);
    }

    /// <summary>Returns the channels that hold nothing of it any more.</summary>
    private async Task<string[]> RemoveAsync(string[] channels, string dead)
    {
        var done = new ConcurrentQueue<string>();
        await Parallel.ForEachAsync(channels, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = _stopping.Token }, async (channel, _) =>
        {
            try
            {
                await RemoveAsync(channel, dead);
                done.Enqueue(channel);
            }
            catch (Exception failure) when (!_stopping.IsCancellationRequested)
            {
                // Whatever it was: it stays on the index, its turn comes again, and it holds up no other.
                if (failure is not BrokerUnavailableException)
                    Log.Failed(logger, failure, dead);
            }
        });
        return [.. done];
    }

    private static partial class Log
    {
        [LoggerMessage(40, LogLevel.Information, "The members of {Incarnation}, which is dead, were taken out of {Count} channels.")]
        public static partial void Reaped(ILogger logger, string incarnation, int count);

        [LoggerMessage(41, LogLevel.Error, "Taking out the members of {Incarnation}, which is dead, failed; will try again.")]
        public static partial void Failed(ILogger logger, Exception exception, string incarnation);
    }
}
