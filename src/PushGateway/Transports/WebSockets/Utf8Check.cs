using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace PushGateway.Transports.WebSockets;

/// <summary>Checks UTF-8 that arrives in pieces, and knows of an error as soon as the bytes so far cannot become valid (RFC 6455, section 8.1).</summary>
internal struct Utf8Check
{
    private const int LongestCharacter = 4;

    private uint _tail;
    private int _tailBytes;

    /// <summary>Takes the next piece; false when the text is invalid from here on.</summary>
    public bool Add(ReadOnlySpan<byte> piece)
    {
        if (_tailBytes > 0 && !TryFinishTail(ref piece))
            return false;

        var end = piece.Length - UnfinishedBytes(piece);
        if (!Utf8.IsValid(piece[..end]))
            return false;

        foreach (var next in piece[end..])
            Keep(next);
        return true;
    }

    /// <summary>Whether the text may end here; makes the check ready for the next text.</summary>
    public bool End()
    {
        var whole = _tailBytes == 0;
        this = default;
        return whole;
    }

    // A character that the last piece broke off: completes it byte by byte, at most four times.
    private bool TryFinishTail(ref ReadOnlySpan<byte> piece)
    {
        Span<byte> character = stackalloc byte[LongestCharacter];
        while (!piece.IsEmpty)
        {
            Keep(piece[0]);
            piece = piece[1..];
            for (var i = 0; i < _tailBytes; i++)
                character[i] = (byte)(_tail >> (8 * i));

            switch (Rune.DecodeFromUtf8(character[.._tailBytes], out _, out _))
            {
                case OperationStatus.Done:
                    this = default;
                    return true;
                case OperationStatus.InvalidData:
                    return false;
            }
        }

        return true;
    }

    private void Keep(byte next) => _tail |= (uint)next << (8 * _tailBytes++);

    // How many bytes at the end begin a character without completing it. Only a beginning that can still become valid counts.
    private static int UnfinishedBytes(ReadOnlySpan<byte> piece)
    {
        for (var bytes = 1; bytes < LongestCharacter && bytes <= piece.Length; bytes++)
        {
            var end = piece[^bytes..];
            if ((end[0] & 0xC0) != 0x80)
                return Rune.DecodeFromUtf8(end, out _, out _) == OperationStatus.NeedMoreData ? bytes : 0;
        }

        return 0;
    }
}
