using PushGateway.Channels;

namespace PushGateway.Fanout;

/// <summary>How far this node has come in the history of a channel, and so which publication it expects next.</summary>
/// <remarks>
/// Live publications come from one thread. Once one of them does not fit, the stream is <em>mending</em>: from then on a <see cref="Mender"/> delivers, from the history, and what comes
/// live is only noted; that it is in the history is what brokers promise.
/// </remarks>
internal sealed class ChannelStream
{
    private readonly Lock _gate = new();
    private StreamPosition _position;
    private long _time;
    private ulong _live, _delivered;
    private int _interruptions;
    private bool _isKnown, _isMending, _isSetBack, _sawOtherEpoch;
    private TaskCompletionSource? _mended;

    /// <summary>Takes note of a publication that came live.</summary>
    /// <param name="publication">The publication.</param>
    /// <param name="interruptions">How often the broker has lost its back end so far: across a loss nothing is taken on trust.</param>
    /// <param name="isExpired">Whether it comes too late: then it counts, and is not delivered.</param>
    /// <param name="previous">The offset of the one that was delivered before it.</param>
    public StreamStep Take(Publication publication, int interruptions, bool isExpired, out ulong previous)
    {
        lock (_gate)
        {
            if (!_isKnown)
                ResetNeedsLock(new StreamPosition(publication.Offset - 1, publication.Epoch!), time: 0, interruptions);
            previous = _delivered;

            var sameEpoch = publication.Epoch == _position.Epoch;
            var follows = sameEpoch && publication.Offset > _live && interruptions == _interruptions && publication.Offset <= _position.Offset + 1;
            _isSetBack |= sameEpoch && publication.Offset <= _live;
            _sawOtherEpoch |= !sameEpoch;
            if (sameEpoch)
                _live = publication.Offset;
            if (_isMending)
                return StreamStep.Drop;

            if (!follows)
            {
                _isMending = true;
                return StreamStep.Mend;
            }

            if (publication.Offset <= _position.Offset)
                return StreamStep.Drop;

            AdvanceNeedsLock(publication.Offset, publication.Time);
            if (isExpired)
                return StreamStep.Drop;

            _delivered = publication.Offset;
            return StreamStep.Deliver;
        }
    }

    /// <summary>Sets the position where none is known yet.</summary>
    public void Start(HistoryPage page, int interruptions)
    {
        lock (_gate)
            if (!_isKnown)
                ResetNeedsLock(page.Top, page.TopTime, interruptions);
    }

    /// <summary>The position, if all up to there was delivered and nothing was lost since, as far as this node can know.</summary>
    public bool TryGetCurrent(int interruptions, out StreamPosition position)
    {
        lock (_gate)
        {
            position = _position;
            return _isKnown && !_isMending && interruptions == _interruptions;
        }
    }

    /// <summary>
    /// Waits until the position is one to rely on. A history that was set back must be found out before anybody is told that it follows on what they have.
    /// </summary>
    /// <param name="interruptions">How often the broker has lost its back end.</param>
    /// <param name="begins">Whether mending has begun by this call.</param>
    /// <returns>Completes at once when nothing is known, or nothing is wrong. Fails when the history cannot be read now.</returns>
    public Task SettledAsync(int interruptions, out bool begins)
    {
        lock (_gate)
        {
            begins = _isKnown && !_isMending && interruptions != _interruptions;
            _isMending |= begins;
            if (!_isMending)
                return Task.CompletedTask;

            _mended ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _mended.Task;
        }
    }

    /// <summary>Tells those who wait for the end of mending that it takes longer.</summary>
    public void Delay(Exception why)
    {
        TaskCompletionSource? waiting;
        lock (_gate)
            (waiting, _mended) = (_mended, null);
        waiting?.TrySetException(why);
    }

    /// <summary>The position, unless it is unknown or about to change.</summary>
    public bool TryGetResting(out StreamPosition position)
    {
        lock (_gate)
        {
            position = _position;
            return _isKnown && !_isMending;
        }
    }

    /// <summary>Begins to mend if the broker's position shows that something is missing.</summary>
    /// <param name="before">The position here before the broker was asked. When it has moved since, the channel is alive and sees its gaps by itself.</param>
    /// <param name="top">The broker's; null when it has none.</param>
    public bool TryBeginMending(StreamPosition before, StreamPosition? top)
    {
        lock (_gate)
        {
            if (_isMending || !_isKnown || _position != before || top == before)
                return false;

            return _isMending = true;
        }
    }

    /// <summary>Where mending goes on.</summary>
    /// <param name="time">The time of the publication there; 0 when it is not known.</param>
    /// <param name="live">The highest offset that came live: what is read after this has it, or was set back.</param>
    /// <param name="isSetBack">Whether that is known already.</param>
    public StreamPosition MendFrom(out long time, out ulong live, out bool isSetBack)
    {
        lock (_gate)
        {
            (time, live, isSetBack) = (_time, _live, _isSetBack);
            _sawOtherEpoch = false;
            return _position;
        }
    }

    /// <summary>Takes note of a publication that was read from the history and is delivered now; returns the offset of the one that was delivered before it.</summary>
    public ulong Deliver(ulong offset, long time)
    {
        lock (_gate)
        {
            var previous = _delivered;
            AdvanceNeedsLock(offset, time);
            _delivered = offset;
            return previous;
        }
    }

    /// <summary>Takes note of how far the history was read, what had expired in it included.</summary>
    public void Advance(HistoryPage page)
    {
        lock (_gate)
            AdvanceNeedsLock(page.Last, page.Last == page.Top.Offset ? page.TopTime : 0);
    }

    /// <summary>Ends mending, unless more has come live than was read.</summary>
    /// <param name="interruptions">How often the broker had lost its back end before the history was read.</param>
    public bool TryEndMending(int interruptions)
    {
        lock (_gate)
        {
            if (_live > _position.Offset || _sawOtherEpoch || _isSetBack)
                return false;

            _interruptions = interruptions;
            EndMendingNeedsLock();
            return true;
        }
    }

    /// <summary>Starts anew at the top of a page, since nothing leads there from the present position. Ends mending.</summary>
    public void Restart(HistoryPage page, int interruptions)
    {
        lock (_gate)
        {
            ResetNeedsLock(page.Top, page.TopTime, interruptions);
            _live = 0;
            _isSetBack = _sawOtherEpoch = false;
            EndMendingNeedsLock();
        }
    }

    private void EndMendingNeedsLock()
    {
        _isMending = false;
        _mended?.TrySetResult();
        _mended = null;
    }

    private void ResetNeedsLock(StreamPosition position, long time, int interruptions)
    {
        (_position, _delivered, _time, _interruptions) = (position, position.Offset, time, interruptions);
        _isKnown = true;
    }

    private void AdvanceNeedsLock(ulong offset, long time)
    {
        if (offset <= _position.Offset)
            return;

        (_position, _time) = (_position with { Offset = offset }, time);
    }
}
