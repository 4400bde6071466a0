using System.Buffers;

namespace PushGateway.Api.Batch;

/// <summary>One line of a batch, in memory of its own: it outlives the read that it came with.</summary>
internal readonly struct BatchLine
{
    private readonly byte[]? _rented;
    private readonly int _length;

    /// <summary>A line to be read.</summary>
    public BatchLine(int number, in ReadOnlySequence<byte> text)
    {
        _length = (int)text.Length;
        _rented = ArrayPool<byte>.Shared.Rent(_length);
        text.CopyTo(_rented);
        Number = number;
    }

    /// <summary>A line that is refused unread.</summary>
    public BatchLine(int number, Problem problem) => (Number, Problem) = (number, problem);

    /// <summary>Counted from 1, empty lines too: an editor shows the same number.</summary>
    public int Number { get; }

    /// <summary>Why it is refused; null when it is to be read.</summary>
    public Problem? Problem { get; }

    public ReadOnlyMemory<byte> Text => _rented.AsMemory(0, _length);

    /// <summary>Gives the memory back. To be called once.</summary>
    public void Return()
    {
        if (_rented is not null)
            ArrayPool<byte>.Shared.Return(_rented);
    }
}
