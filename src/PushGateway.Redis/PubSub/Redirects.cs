using System.Buffers.Text;
using System.Net;
using System.Text;
using StackExchange.Redis;

namespace PushGateway.Redis.PubSub;

/// <summary>What a primary of Redis Cluster says of topics that are not at it, or not now. All members are guarded by the subscriber's lock.</summary>
internal sealed class Redirects(Subscriber subscriber)
{
    // What passes by itself. Everything else that Redis refuses ends the connection, as it does without a cluster.
    private static readonly string[] Passing = ["CLUSTERDOWN", "TRYAGAIN", "ASK", "LOADING", "MASTERDOWN"];

    /// <summary>Handles an answer that is not the wanted one; returns false if it is not about a redirection.</summary>
    /// <param name="shard">The primary that sent it.</param>
    /// <param name="push">What it sent.</param>
    /// <param name="request">The request to be answered next, if there is one.</param>
    /// <param name="answered">In: whether there is one. Out: whether this was its answer.</param>
    public bool Handle_NeedsLock(Shard shard, in Push push, in Request request, ref bool answered)
    {
        if (push.Kind is PushKind.Unsubscribed)
        {
            // Nobody asked: the slot has left, and each of its topics is told of, behind its last message.
            answered = false;
            if (subscriber.TryFind_NeedsLock(push.Topic, out var topic))
                subscriber.Map.Moved_NeedsLock(shard, topic, now: null);
            return true;
        }

        if (push.Kind is not PushKind.Error)
            return false;
        if (push.Topic.StartsWith("MOVED "u8))
        {
            ReadMoved(push.Topic["MOVED "u8.Length..], out var slot, out var now);
            answered &= IsAboutTopic(in request) && slot == request.Space!.SlotOf(request.Name);
            if (answered && Subscriber.IsWanted_NeedsLock(in request))
                subscriber.Map.Moved_NeedsLock(shard, new Topic(request.Space!, request.Name), now);
            else if (answered)
                Subscriber.Lose_NeedsLock(in request);
            return true;
        }

        if (!answered || !IsAboutTopic(in request) || !IsPassing(push.Topic))
            return false;
        if (Subscriber.IsWanted_NeedsLock(in request))
            subscriber.Map.Retry_NeedsLock(new Topic(request.Space!, request.Name));
        else
            Subscriber.Lose_NeedsLock(in request);
        return true;
    }

    private static bool IsAboutTopic(in Request request) => request.Kind is RequestKind.Subscribe or RequestKind.Unsubscribe;

    private static bool IsPassing(ReadOnlySpan<byte> error)
    {
        var end = error.IndexOf((byte)' ');
        foreach (var code in Passing)
            if (Ascii.Equals(end < 0 ? error : error[..end], code))
                return true;
        return false;
    }

    /// <summary>Reads <c>3999 127.0.0.1:6381</c>. An address that it cannot read is no error: the topology will have it.</summary>
    private static void ReadMoved(ReadOnlySpan<byte> text, out int slot, out EndPoint? now)
    {
        now = null;
        if (!Utf8Parser.TryParse(text, out slot, out var used))
            slot = -1;
        else if (used + 1 < text.Length)
            now = EndPointCollection.TryParse(Encoding.UTF8.GetString(text[(used + 1)..]));
    }
}
