using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using StackExchange.Redis;

namespace PushGateway.Redis.PubSub;

/// <summary>
/// One connection of a subscriber, from connecting to its end. A thread of its own reads and delivers, so messages arrive in the order in
/// which Redis sent them; requests are written by a work item that exists only while there is something to send.
/// </summary>
internal sealed class SubscriberLink : IThreadPoolWorkItem, IDisposable
{
    private readonly Subscriber _subscriber;
    private readonly Shard _shard;
    private readonly ConfigurationOptions _configuration;
    private readonly SubscriberLimits _limits;
    private readonly TimeProvider _time;
    private readonly RedisSocket _socket;
    private readonly RequestQueue _requests;
    private readonly ReadBuffer _buffer = new();
    private readonly MessageRun _run;
    private readonly CommandWriter _commands = new();
    private readonly List<Request> _batch = [];
    private readonly TaskCompletionSource<Exception> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private Stream _stream = Stream.Null;
    private bool _writing;
    private long _heardAt;
    private long _probedAt;
    private Exception? _abortReason;

    public SubscriberLink(Subscriber subscriber, Shard shard)
    {
        _subscriber = subscriber;
        _shard = shard;
        _configuration = subscriber.Configuration;
        _limits = subscriber.Limits;
        _time = subscriber.Time;
        _socket = new RedisSocket(shard.EndPoint, _configuration, _limits.ProbeTimeout, _time);
        _requests = new RequestQueue(_limits.MaxPendingRequests);
        _run = new MessageRun(subscriber);
        _heardAt = _probedAt = _time.GetTimestamp();
    }

    /// <summary>Completes once everything that was subscribed before is subscribed here.</summary>
    public Waiter Restored { get; } = new();

    /// <summary>Connects and reads until the connection ends; the result says why it ended.</summary>
    public Task<Exception> RunAsync()
    {
        new Thread(Run) { IsBackground = true, Name = "redis-subscriber" }.Start();
        return _ended.Task;
    }

    public void Abort(Exception reason)
    {
        Interlocked.CompareExchange(ref _abortReason, reason, null);
        _socket.Dispose();
    }

    public void Dispose() => _socket.Dispose();

    public void Ask_NeedsLock(Request request)
    {
        if (_requests.IsFull)
        {
            // A connection that is so far behind does better to start anew, with what is still wanted then.
            Abort(new IOException("Redis does not take subscriptions as fast as they are made."));
            if (request.Kind is RequestKind.Unsubscribe)
                request.Waiter?.TrySetResult();
            return;
        }

        _requests.Add(request);
        Schedule_NeedsLock();
    }

    /// <summary>Asks for what was subscribed elsewhere before, after all that somebody waits for.</summary>
    public void Restore_NeedsLock(List<Topic> topics, Waiter restored)
    {
        _requests.Restore(topics, restored);
        Schedule_NeedsLock();
    }

    public IEnumerable<Request> Drain_NeedsLock() => _requests.Drain();

    /// <summary>Sends a PING, or gives the connection up if nothing at all was heard since an earlier one.</summary>
    public void Probe_NeedsLock()
    {
        var silent = Volatile.Read(ref _heardAt) < _probedAt;

        // The clock of the timer that calls is none too exact: better half an interval early than a whole one late.
        if (silent && _time.GetElapsedTime(_probedAt) + _limits.ProbeInterval / 2 >= _limits.ProbeTimeout)
            Abort(new TimeoutException($"Redis was silent for {_limits.ProbeTimeout.TotalSeconds:0.#} seconds after a PING."));
        else if (!silent)
        {
            _probedAt = _time.GetTimestamp();
            Ask_NeedsLock(new Request(RequestKind.Ping));
        }
    }

    /// <summary>Writes what is asked for until nothing is left.</summary>
    public void Execute()
    {
        try
        {
            while (true)
            {
                lock (_subscriber.Gate)
                {
                    _requests.TakeBatch(_batch);
                    _writing = _batch.Count > 0;
                    if (!_writing)
                        return;
                }

                Write(CollectionsMarshal.AsSpan(_batch));
            }
        }
        catch (Exception e)
        {
            // _writing stays set: nothing more is written here.
            Abort(e);
        }
    }

    private void Run()
    {
        Exception reason;
        try
        {
            _stream = _socket.Open();
            Greet();
            _shard.Attach(this);
            ReadToEnd();
            reason = new EndOfStreamException("Redis closed the connection.");
        }
        catch (Exception e)
        {
            reason = e;
        }

        // What went wrong first is the reason; closing makes other things go wrong.
        Abort(reason);
        _ended.SetResult(_abortReason!);
    }

    private void Greet()
    {
        if (Greeting.WriteLogin(_commands, _configuration))
            _requests.Asked(new Request(RequestKind.Auth));
        Greeting.WriteName(_commands, _configuration, "subscriber");
        _requests.Asked(new Request(RequestKind.SetName));
        Flush();
    }

    private void ReadToEnd()
    {
        long needed = 0;
        while (true)
        {
            _buffer.MakeRoom(needed);
            if (!_buffer.Fill(_stream))
                return;
            Volatile.Write(ref _heardAt, _time.GetTimestamp());
            needed = HandleAll();
            _run.Deliver();
        }
    }

    /// <summary>Handles every whole push; returns how many bytes the next one has at least.</summary>
    private long HandleAll()
    {
        while (true)
        {
            var unread = _buffer.Unread;
            if (unread.IsEmpty)
                return 0;

            switch (PushParser.Read(unread.Span, _limits.MaxMessageBytes, out var push, out var length))
            {
                case ParseStatus.Complete:
                    if (push.Kind is PushKind.Message)
                    {
                        _run.Add(unread.Slice(push.TopicStart, push.Topic.Length), unread.Slice(push.PayloadStart, push.PayloadLength));
                    }
                    else if (push.Kind is not PushKind.Other)
                    {
                        _run.Deliver(); // What came before an answer was published before it.
                        HandleReply(in push);
                    }

                    _buffer.Advance((int)length);
                    break;
                case ParseStatus.Oversized:
                    _subscriber.PassOver(length);
                    _buffer.Skip(length);
                    break;
                case ParseStatus.Incomplete:
                    return length;
                default:
                    throw new IOException("What Redis sent is not its protocol.");
            }
        }
    }

    private void HandleReply(in Push push)
    {
        lock (_subscriber.Gate)
        {
            var expected = _requests.TryPeekUnanswered(out var request);
            if (expected && Answers(in push, in request))
            {
                if (request.Kind is RequestKind.Subscribe)
                    Subscriber.Confirm_NeedsLock(in request);
                request.Waiter?.TrySetResult();
            }
            else if (!_shard.IsSharded || !_subscriber.Redirects.Handle_NeedsLock(_shard, in push, in request, ref expected))
                throw new IOException(push.Kind is PushKind.Error ? $"Redis: {Text(push.Topic)}" : $"Redis sent {push.Kind} unasked.");

            if (expected)
                _requests.Answered();
            Schedule_NeedsLock();
        }
    }

    // Every error ends the connection, the naming of it excepted: the next attempt finds Redis willing, or goes on trying while callers time out.
    private static bool Answers(in Push push, in Request request) => request.Kind switch
    {
        RequestKind.Subscribe => push.Kind is PushKind.Subscribed && request.Space!.IsTopicOf(push.Topic, request.Name),
        RequestKind.Unsubscribe => push.Kind is PushKind.Unsubscribed && request.Space!.IsTopicOf(push.Topic, request.Name),
        RequestKind.Ping => push.Kind is PushKind.Pong,
        RequestKind.SetName => push.Kind is PushKind.Ok or PushKind.Error,
        RequestKind.Auth => push.Kind is PushKind.Ok || (push.Kind is PushKind.Error && Greeting.IsUnneeded(push.Topic)),
        _ => throw new UnreachableException(),
    };

    private void Schedule_NeedsLock()
    {
        if (_writing || !_requests.HasWork)
            return;
        _writing = true;
        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    private void Write(ReadOnlySpan<Request> batch)
    {
        switch (batch[0].Kind)
        {
            case RequestKind.Subscribe:
                Write("SUBSCRIBE"u8, "SSUBSCRIBE"u8, batch);
                break;
            case RequestKind.Unsubscribe:
                Write("UNSUBSCRIBE"u8, "SUNSUBSCRIBE"u8, batch);
                break;
            default:
                foreach (var _ in batch)
                    _commands.Command("PING");
                break;
        }

        Flush();
    }

    private void Write(ReadOnlySpan<byte> word, ReadOnlySpan<byte> shardedWord, ReadOnlySpan<Request> batch)
    {
        // Topics of one sharded command would have to be of one slot.
        if (_shard.IsSharded)
            foreach (ref readonly var request in batch)
                _commands.Command(shardedWord, new ReadOnlySpan<Request>(in request));
        else
            _commands.Command(word, batch);
    }

    private void Flush()
    {
        _stream.Write(_commands.Written);
        _stream.Flush();
        _commands.Clear();
    }

    private static string Text(ReadOnlySpan<byte> text) => Encoding.UTF8.GetString(text[..Math.Min(text.Length, 200)]);
}
