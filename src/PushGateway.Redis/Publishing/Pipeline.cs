using PushGateway.Brokers;
using PushGateway.Redis.PubSub;

namespace PushGateway.Redis.Publishing;

/// <summary>
/// The commands of one connection, from a publisher's hands to their answers. All are written one behind the other into one buffer, and those that come together leave in one
/// write. Redis answers in the order of asking, so one queue tells whom each answer belongs to.
/// </summary>
/// <param name="limits">Times and bounds.</param>
/// <param name="encoder">How publications are written.</param>
/// <param name="isSharded">Whether the server is one of a Redis Cluster.</param>
/// <param name="time">All time comes from it.</param>
/// <param name="abort">Ends the connection when it cannot be written to.</param>
internal sealed class Pipeline(PublishLimits limits, PublishEncoder encoder, bool isSharded, TimeProvider time, Action<Exception> abort) : IThreadPoolWorkItem
{
    // What the kernel takes at once when nothing else is on its way: the send buffer of a connection begins with 16 KiB on Linux.
    private const int MaxBytesOnCaller = 16 * 1024;

    // As many publishers as wait together at a busy node; each is about 100 bytes.
    private const int MaxKeptOperations = 4 * 1024;

    private readonly Lock _gate = new();
    private readonly ReplyQueue _expected_NeedsLock = new();
    private readonly Stack<PublishOperation> _free_NeedsLock = new();
    private CommandWriter _pending_NeedsLock = new();
    private CommandWriter _leaving = new();
    private int _unwritten_NeedsLock; // How many of the expected, counted from the last, are still in what is pending.
    private bool _isOpen_NeedsLock;
    private bool _isWriting_NeedsLock;
    private Stream _stream = Stream.Null;
    private byte[]? _script;

    /// <summary>Whether commands are taken.</summary>
    public bool IsOpen
    {
        get
        {
            lock (_gate)
                return _isOpen_NeedsLock;
        }
    }

    /// <summary>Whether no more commands are taken, and all that were are answered.</summary>
    public bool IsDrained
    {
        get
        {
            lock (_gate)
                return !_isOpen_NeedsLock && _expected_NeedsLock.Count == 0;
        }
    }

    /// <summary>Takes commands from now on.</summary>
    /// <param name="stream">Where they go.</param>
    /// <param name="script">The hash of the script that publishes; null where it may not be used.</param>
    public void Open(Stream stream, byte[]? script)
    {
        lock (_gate)
        {
            _stream = stream;
            _script = script;
            _isOpen_NeedsLock = true;
        }
    }

    /// <summary>Takes a publication. Returns null when it does not, and nothing was done then.</summary>
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

            // With nothing on its way the kernel's buffer is empty, so the call does not block, and a hand-off to another thread would cost more than the call. With something on its
            // way the work item comes behind whatever else is ready to run, other publishers above all: their commands leave together.
            onThisThread = _expected_NeedsLock.Count == 1 && length <= MaxBytesOnCaller;
        }

        if (!onThisThread || WriteOnce())
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        return operation;
    }

    /// <summary>Asks whether the server lives and is a primary.</summary>
    public void AskRole()
    {
        lock (_gate)
        {
            if (!_isOpen_NeedsLock)
                return;
            var before = _pending_NeedsLock.Length;
            _pending_NeedsLock.Command("ROLE");
            Expect_NeedsLock(null, ReplyUse.Role, _pending_NeedsLock.Length - before);
            if (_isWriting_NeedsLock)
                return;
            _isWriting_NeedsLock = true;
        }

        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    /// <summary>Writes what is pending until nothing is left.</summary>
    public void Execute()
    {
        while (WriteOnce())
        {
            // What came meanwhile.
        }
    }

    /// <summary>Takes what the next answer belongs to.</summary>
    /// <exception cref="IOException">Nothing was asked.</exception>
    public ExpectedReply TakeAnswered()
    {
        lock (_gate)
            return _expected_NeedsLock.TryDequeue(out var expected) ? expected : throw new IOException("Redis answered what it was not asked.");
    }

    /// <summary>Tells those who waited for the command time-out; returns whether there are commands that are so late.</summary>
    public bool GiveUpLate()
    {
        lock (_gate)
        {
            for (var i = 0; i < _expected_NeedsLock.Count; i++)
            {
                ref var expected = ref _expected_NeedsLock[i];
                if (time.GetElapsedTime(expected.At) < limits.CommandTimeout)
                    return i > 0;

                // Its place stays, since the answer may still come.
                expected.Operation?.Complete(new PublishReply(PublishFate.Unknown, Reason: "Redis did not answer in time."));
                expected.Operation = null;
            }

            return _expected_NeedsLock.Count > 0;
        }
    }

    /// <summary>Takes nothing more, and gives back what has not left yet. What has left is answered first: where the server refused one, it refuses the others, and they had no effect.</summary>
    public void Drain()
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

    /// <summary>There will be no more answers.</summary>
    public void Close()
    {
        Drain();
        lock (_gate)
            while (_expected_NeedsLock.TryDequeue(out var expected))
                expected.Operation?.Complete(new PublishReply(PublishFate.Unknown, Reason: "The connection to Redis was lost before it had answered."));
    }

    /// <summary>An operation was awaited to its end.</summary>
    public void Release(PublishOperation operation)
    {
        lock (_gate)
            if (_free_NeedsLock.Count < MaxKeptOperations)
                _free_NeedsLock.Push(operation);
    }

    private int Encode_NeedsLock(in PublishRequest request)
    {
        var before = _pending_NeedsLock.Length;
        try
        {
            if (request.IsPlain)
                encoder.WritePlain(_pending_NeedsLock, in request, isSharded);
            else
                encoder.WriteScript(_pending_NeedsLock, in request, isSharded, _script);
            var length = _pending_NeedsLock.Length - before;

            // One of any length may go where none is waiting.
            if (_expected_NeedsLock.Count > 0 && _expected_NeedsLock.Bytes + length > limits.MaxPendingBytes)
                throw new BrokerUnavailableException($"Publications of {_expected_NeedsLock.Bytes} bytes wait for Redis already; at most {limits.MaxPendingBytes} may.");
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
        _expected_NeedsLock.Enqueue(new ExpectedReply(operation, use, length, time.GetTimestamp()));
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
            abort(e);
            return false;
        }

        lock (_gate)
            return _isWriting_NeedsLock = _pending_NeedsLock.Length > 0;
    }
}
