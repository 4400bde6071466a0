using System.Buffers;
using System.IO.Pipelines;

namespace PushGateway.Api.Batch;

/// <summary>
/// Splits the body of a batch into lines as it comes. Of a line that has not ended no more is held than a line may have; a longer one is skipped as it comes.
/// Used by one caller at a time.
/// </summary>
internal sealed class BatchReader(PipeReader body, ApiOptions limits)
{
    private ReadOnlySequence<byte> _rest;
    private long _searchedBytes; // At the start of the rest, and without a line break.
    private long _receivedBytes;
    private bool _isReading, _isSkipping, _isCut, _isLast, _isOver;

    /// <summary>The number of the last line that was taken or passed over.</summary>
    public int Number { get; private set; }

    /// <summary>Waits for more of the body. To be called when <see cref="TryTake"/> has no more; false when there is none to come.</summary>
    public async ValueTask<bool> ReadAsync()
    {
        if (_isOver || _isLast)
            return false;

        var before = _rest.Length;
        if (_isReading)
            body.AdvanceTo(_rest.Start, _rest.End);
        _isReading = false;
        var read = await body.ReadAsync();
        _isReading = true;
        _rest = read.Buffer;
        _receivedBytes += _rest.Length - before;
        _isCut = _receivedBytes > limits.MaxBatchBytes;
        _isLast = _isCut || read.IsCompleted;
        if (_isCut)
            _rest = _rest.Slice(0, Math.Max(0, _rest.Length - (_receivedBytes - limits.MaxBatchBytes)));
        return true;
    }

    /// <summary>Takes the next line that is not empty out of what was read.</summary>
    public bool TryTake(out BatchLine line)
    {
        line = default;
        while (!_isOver)
        {
            if (_rest.Slice(_searchedBytes).PositionOf((byte)'\n') is { } end)
            {
                var text = _rest.Slice(0, end);
                _rest = _rest.Slice(_rest.GetPosition(1, end));
                _searchedBytes = 0;
                if (EndLine(text, out line))
                    return true;
            }
            else if (_rest.Length > limits.MaxBodyBytes || _isSkipping)
            {
                _rest = _rest.Slice(_rest.End);
                _searchedBytes = 0;
                if (!_isSkipping)
                {
                    _isSkipping = true;
                    line = BeginLine() ?? TooLong();
                    return true;
                }

                return TryEnd(out line);
            }
            else
            {
                _searchedBytes = _rest.Length;
                return TryEnd(out line);
            }
        }

        return false;
    }

    /// <summary>Lets go of what was read.</summary>
    public void Finish()
    {
        if (_isReading)
            body.AdvanceTo(_rest.End);
        (_isReading, _isOver) = (false, true);
    }

    // A line break was found behind the text.
    private bool EndLine(in ReadOnlySequence<byte> text, out BatchLine line)
    {
        line = default;
        if (_isSkipping)
        {
            _isSkipping = false; // It was answered when it became too long.
            return false;
        }

        if (text.Length <= limits.MaxBodyBytes && IsEmpty(text))
        {
            Number++;
            return false;
        }

        line = BeginLine() ?? (text.Length > limits.MaxBodyBytes ? TooLong() : new BatchLine(Number, text));
        return true;
    }

    // The last line needs no line break. Where the batch was cut off by its limit, it is not whole.
    private bool TryEnd(out BatchLine line)
    {
        line = default;
        if (!_isLast)
            return false;

        _isOver = true;
        if (_isCut)
        {
            Number++;
            line = Refused($"is larger than {limits.MaxBatchBytes} bytes; this line and those behind it were not read");
            return true;
        }

        return !_isSkipping && EndLine(_rest, out line);
    }

    // The problem in place of a line that is one too many; null when it is not.
    private BatchLine? BeginLine()
    {
        if (++Number <= limits.MaxBatchLines)
            return null;

        _isOver = true;
        return Refused($"has more than {limits.MaxBatchLines} lines; this line and those behind it were not read");
    }

    private BatchLine TooLong() => new(Number, Problem.Invalid("line", $"is longer than {limits.MaxBodyBytes} bytes", tooLarge: true));

    private BatchLine Refused(string why) => new(Number, Problem.Invalid("body", why, tooLarge: true));

    private static bool IsEmpty(in ReadOnlySequence<byte> text)
    {
        foreach (var segment in text)
            if (segment.Span.ContainsAnyExcept(" \t\r"u8))
                return false;
        return true;
    }
}
