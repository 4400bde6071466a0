using System.Buffers.Text;
using System.Text;

namespace PushGateway.Redis.PubSub;

/// <summary>Encodes commands for Redis into one buffer that is used again.</summary>
internal sealed class CommandWriter
{
    private const int UsualBytes = 256;
    private const int KeptBytes = 64 * 1024;

    // A type, the digits of a number, the end of the line.
    private const int MaxHeaderBytes = 1 + 20 + 2;

    private byte[] _bytes = new byte[UsualBytes];

    /// <summary>Bytes written so far.</summary>
    public int Length { get; private set; }

    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, Length);

    public void Clear()
    {
        Length = 0;
        if (_bytes.Length > KeptBytes)
            _bytes = new byte[UsualBytes];
    }

    /// <summary>Takes back what was written behind a place.</summary>
    public void Truncate(int length) => Length = length;

    public void Command(params ReadOnlySpan<string> words)
    {
        Begin(words.Length);
        foreach (var word in words)
            Text(word);
    }

    /// <summary>One command for the topics of many requests.</summary>
    public void Command(ReadOnlySpan<byte> word, ReadOnlySpan<Request> requests)
    {
        Begin(1 + requests.Length);
        Bytes(word);
        foreach (ref readonly var request in requests)
        {
            var space = request.Space!;
            space.Write(request.Name, Bulk(space.LengthOf(request.Name)));
        }
    }

    /// <summary>Begins a command of so many words, which follow.</summary>
    public void Begin(int words) => Header('*', words);

    public void Bytes(ReadOnlySpan<byte> word) => word.CopyTo(Bulk(word.Length));

    public void Text(string word) => Encoding.UTF8.GetBytes(word, Bulk(Encoding.UTF8.GetByteCount(word)));

    public void Number(long number)
    {
        Span<byte> digits = stackalloc byte[20];
        Utf8Formatter.TryFormat(number, digits, out var length);
        Bytes(digits[..length]);
    }

    /// <summary>Adds a word of so many bytes, to be filled by the caller before anything else is written.</summary>
    public Span<byte> Bulk(int length)
    {
        Header('$', length);
        Reserve(length + 2);
        var word = _bytes.AsSpan(Length, length);
        "\r\n"u8.CopyTo(_bytes.AsSpan(Length + length));
        Length += length + 2;
        return word;
    }

    private void Header(char type, int number)
    {
        Reserve(MaxHeaderBytes);
        var span = _bytes.AsSpan(Length);
        span[0] = (byte)type;
        Utf8Formatter.TryFormat(number, span[1..], out var digits);
        span[digits + 1] = (byte)'\r';
        span[digits + 2] = (byte)'\n';
        Length += digits + 3;
    }

    private void Reserve(int count)
    {
        if (_bytes.Length - Length < count)
            Array.Resize(ref _bytes, Math.Max(checked(Length + count), 2 * _bytes.Length));
    }
}
