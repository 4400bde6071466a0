using System.Net;
using PushGateway.Brokers;
using PushGateway.Redis.PubSub;
using PushGateway.Redis.Scripts;

namespace PushGateway.Redis.Publishing;

/// <summary>
/// One connection for publishing, from connecting to its end. Commands of all publishers are written one behind the other into one buffer, and those that come together leave in
/// one write; Redis answers in the order of asking, on a thread that does nothing else than read. docs/decisions/0012-publishing-link.md has the reasons and the numbers.
/// </summary>
internal sealed class PublishLink : IThreadPoolWorkItem, IDisposable
{
    // What the kernel takes at once when nothing else is on its way: the send buffer of a connection begins with 16 KiB on Linux.
    private const int MaxBytesOnCaller = 16 * 1024;

    // As many publishers as wait together at a busy node; each is about 100 bytes.
    private const int MaxKeptOperations = 4 * 1024;

    private readonly PublishLinks _links;
    private readonly bool _isSharded;
    private readonly PublishLimits _limits;
    private readonly TimeProvider _time;
    private readonly RedisSocket _socket;
    private readonly ReplyStream _replies;
    private readonly TaskCompletionSource<Exception> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();
    private readonly ReplyQueue _expected_NeedsLock = new();
    private readonly Stack<PublishOperation> _free_NeedsLock = new();

    private CommandWriter _pending_NeedsLock = new();
    private CommandWriter _leaving = new();
    private int _unwritten_NeedsLock; // How many of the expected, counted from the last, are still in _pending_NeedsLock.
    private bool _isOpen_NeedsLock;
    private bool _isWriting_NeedsLock;
    private byte[]? _script;
    private Stream _stream = Stream.Null;
    private long _probedAt_NeedsLock;
    private Exception? _abortReason;

    public PublishLink(PublishLinks links, EndPoint endPoint, bool isSharded)
    {
        _links = links;
        _isSharded = isSharded;
        _limits = links.Limits;
        _time = links.Time;
        _socket = new RedisSocket(endPoint, links.Configuration, _limits.ProbeTimeout, _time);
        _replies = new ReplyStream(_time);
    }

    /// <summary>Completes when the server has taken the connection and is a primary.</summary>
    public Waiter Opened { get; } = new();

    /// <summary>Connects and reads until the connection ends; the result says why it ended.</summary>
    public Task<Exception> RunAsync()
    {
        new Thread(Run) { IsBackground = true, Name = "redis-publisher" }.Start();
        return _ended.Task;
    }

    public void Abort(Exception reason)
    {
        Interlocked.CompareExchange(ref _abortReason, reason, null);
        _socket.Dispose();
    }

    public void Dispose() => _socket.Dispose();

    /// <summary>Gives a publication to the connection. Returns null when it does not take it, and nothing was done then.</summary>
    /// <exception cref="BrokerUnavailableException">Too much waits for Redis already.</exception>
    public PublishOperation? TrySend(in PublishRequest request)
    {
        PublishOperation operation;
        bool onThisThread;
        lock (_gate)
        {
            if (!_isOpen_NeedsLock || (!request.IsPlain && _script is null))
                return null;

            var length = Encode_NeedsLock(in request);
            if (!_free_NeedsLock.TryPop(out operation!))
                operation = new PublishOperation(this);
            Expect_NeedsLock(operation, request.IsPlain ? ReplyUse.Plain : ReplyUse.Script, length);
            if (_isWriting_NeedsLock)
                return operation;
            _isWriting_NeedsLock = true;

            // With nothing on its way the kernel's buffer is empty, so the call does not block, and a hand-off to another thread would cost more than the call. With something on its way
            // the work item comes behind whatever else is ready to run, publishers above all: their commands leave together.
            onThisThread = _expected_NeedsLock.Count == 1 && length <= MaxBytesOnCaller;
        }

        if (!onThisThread || WriteOnce())
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        return operation;
    }

    /// <summary>An operation was awaited to its end.</summary>
    public void Release(PublishOperation operation)
    {
        lock (_gate)
            if (_free_NeedsLock.Count < MaxKeptOperations)
                _free_NeedsLock.Push(operation);
    }

    /// <summary>Writes what is pending until nothing is left.</summary>
    public void Execute()
    {
        while (WriteOnce())
        {
            // What came meanwhile.
        }
    }

    /// <summary>Tells whoever waited long enough, and looks whether the server is still there. Called from time to time.</summary>
    /// <param name="interval">Between two calls.</param>
    public void Tick(TimeSpan interval)
    {
        if (!Opened.Task.IsCompleted)
            return;
        lock (_gate)
        {
            if (GiveUpLate_NeedsLock() && !_isOpen_NeedsLock)
                Abort(new TimeoutException("Redis did not answer in time."));

            // The clock of the timer is none too exact: better half an interval early than a whole one late.
            var since = _time.GetElapsedTime(_probedAt_NeedsLock) + interval / 2;
            var isSilent = _replies.HeardAt < _probedAt_NeedsLock;
            if (isSilent && since >= _limits.ProbeTimeout)
                Abort(new TimeoutException($"Redis was silent for {_limits.ProbeTimeout.TotalSeconds:0.#} seconds after it was asked for its role."));
            else if (!isSilent && since >= _limits.ProbeInterval && _isOpen_NeedsLock)
                Probe_NeedsLock();
        }
    }

    /// <summary>Tells those who waited for the command time-out; returns whether there are any commands that are so late.</summary>
    private bool GiveUpLate_NeedsLock()
    {
        for (var i = 0; i < _expected_NeedsLock.Count; i++)
        {
            ref var expected = ref _expected_NeedsLock[i];
            if (_time.GetElapsedTime(expected.At) < _limits.CommandTimeout)
                return i > 0;

            // Its place stays, since the answer may still come.
            expected.Operation?.Complete(new PublishReply(PublishFate.Unknown, Reason: "Redis did not answer in time."));
            expected.Operation = null;
        }

        return _expected_NeedsLock.Count > 0;
    }

    private void Probe_NeedsLock()
    {
        _probedAt_NeedsLock = _time.GetTimestamp();
        var before = _pending_NeedsLock.Length;
        _pending_NeedsLock.Command("ROLE");
        Expect_NeedsLock(null, ReplyUse.Role, _pending_NeedsLock.Length - before);
        if (_isWriting_NeedsLock)
            return;
        _isWriting_NeedsLock = true;
        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    private int Encode_NeedsLock(in PublishRequest request)
    {
        var before = _pending_NeedsLock.Length;
        try
        {
            if (request.IsPlain)
                _links.Encoder.WritePlain(_pending_NeedsLock, in request, _isSharded);
            else
                _links.Encoder.WriteScript(_pending_NeedsLock, in request, _isSharded, _script);
            var length = _pending_NeedsLock.Length - before;

            // One of any length may go where none is waiting.
            if (_expected_NeedsLock.Count > 0 && _expected_NeedsLock.Bytes + length > _limits.MaxPendingBytes)
                throw new BrokerUnavailableException($"Publications of {_expected_NeedsLock.Bytes} bytes wait for Redis already; at most {_limits.MaxPendingBytes} may.");
            return length;
        }
        catch
        {
            _pending_NeedsLock.Truncate(before);
            throw;
        }
    }

    private void Expect_NeedsLock(PublishOperation? operation, ReplyUse use, int length)
    {
        _expected_NeedsLock.Enqueue(new ExpectedReply(operation, use, length, _time.GetTimestamp()));
        _unwritten_NeedsLock++;
    }

    /// <summary>Writes what is pending; returns whether more came meanwhile. Only by whoever set that it is writing.</summary>
    private bool WriteOnce()
    {
        lock (_gate)
        {
            (_leaving, _pending_NeedsLock) = (_pending_NeedsLock, _leaving);
            _unwritten_NeedsLock = 0;
        }

        try
        {
            if (_leaving.Length > 0)
                _stream.Write(_leaving.Written);
            _leaving.Clear();
        }
        catch (Exception e)
        {
            // It counts as writing for good: nothing more is written here.
            Abort(e);
            return false;
        }

        lock (_gate)
            return _isWriting_NeedsLock = _pending_NeedsLock.Length > 0;
    }

    private void Run()
    {
        Exception reason;
        try
        {
            Open();
            reason = ReadToEnd();
        }
        catch (Exception e)
        {
            reason = e;
        }

        // What went wrong first is the reason; closing makes other things go wrong.
        Abort(reason);
        Close();
        _ended.SetResult(_abortReason!);
    }

    private void Open()
    {
        // A server that takes the connection and says nothing is left when connecting would have been.
        var limit = TimeSpan.FromMilliseconds(_links.Configuration.ConnectTimeout);
        using var timer = _time.CreateTimer(
            static link => ((PublishLink)link!).Abort(new TimeoutException("Redis took the connection and did not answer.")), this, limit, Timeout.InfiniteTimeSpan);
        _stream = _socket.Open();
        Greet();
        lock (_gate)
        {
            _probedAt_NeedsLock = _replies.HeardAt;
            _isOpen_NeedsLock = true;
        }

        Opened.TrySetResult();
    }

    private void Greet()
    {
        var hasLogin = Greeting.WriteLogin(_leaving, _links.Configuration);
        Greeting.WriteName(_leaving, _links.Configuration, "publisher");
        _leaving.Command("ROLE");
        _leaving.Command("SCRIPT", "LOAD", Script.Publish.Text);
        _stream.Write(_leaving.Written);
        _leaving.Clear();

        if (hasLogin && Reply.IsError(_replies.Read(_stream), out var refused) && !Greeting.IsUnneeded(refused))
            throw new IOException($"Redis: {Reply.TextOf(refused)}");
        _replies.Read(_stream); // A server that does not let connections have names takes publications all the same.
        CheckRole(_replies.Read(_stream));

        // Who may not load the script uses StackExchange.Redis for what needs it. A server that cannot do it yet is not ready for the rest either.
        var loaded = _replies.Read(_stream);
        if (Reply.IsError(loaded, out var error) && Refusal.FateOf(error) is PublishFate.NotDone)
            throw new IOException($"Redis: {Reply.TextOf(error)}");
        _script = Reply.ReadBulk(loaded) is { IsEmpty: false } hash ? hash.ToArray() : null;
    }

    private IOException ReadToEnd()
    {
        while (true)
        {
            var reply = _replies.Read(_stream);
            ExpectedReply expected;
            lock (_gate)
                if (!_expected_NeedsLock.TryDequeue(out expected))
                    throw new IOException("Redis answered what it was not asked.");

            if (expected.Use is ReplyUse.Role)
                CheckRole(reply);
            else
                Handle(reply, in expected);

            lock (_gate)
                if (!_isOpen_NeedsLock && _expected_NeedsLock.Count == 0)
                    return new IOException("The server takes no publications any more.");
        }
    }

    private void Handle(ReadOnlySpan<byte> reply, in ExpectedReply expected)
    {
        if (Reply.ReadPublished(reply, expected.Use) is not { } published)
        {
            expected.Operation?.Complete(new PublishReply(PublishFate.Unknown, Reason: "Redis' answer is none to a publication."));
            throw new IOException("Redis' answer is none to a publication.");
        }

        expected.Operation?.Complete(in published);
        if (!Reply.IsError(reply, out var error))
            return;
        if (Refusal.IsOfTopology(error))
            _links.Relocate();
        if (Refusal.IsOfServer(error))
            Drain();
    }

    private static void CheckRole(ReadOnlySpan<byte> reply)
    {
        if (!Reply.IsPrimary(reply))
            throw new IOException(Reply.IsError(reply, out var error) ? $"Redis: {Reply.TextOf(error)}" : "The server is a replica.");
    }

    /// <summary>Takes nothing more, and gives back what has not left yet. What has left is answered first: most of it was refused as well, and then had no effect.</summary>
    private void Drain()
    {
        lock (_gate)
        {
            _isOpen_NeedsLock = false;
            for (; _unwritten_NeedsLock > 0; _unwritten_NeedsLock--)
                if (_expected_NeedsLock.TryDequeueLast(out var unwritten))
                    unwritten.Operation?.Complete(new PublishReply(PublishFate.NotDone));
            _pending_NeedsLock.Clear();
        }
    }

    private void Close()
    {
        Drain();
        lock (_gate)
            while (_expected_NeedsLock.TryDequeue(out var expected))
                expected.Operation?.Complete(new PublishReply(PublishFate.Unknown, Reason: "The connection to Redis was lost before it had answered."));
    }
}
