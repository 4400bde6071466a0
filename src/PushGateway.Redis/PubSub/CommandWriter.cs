using System.Buffers;
using System.Globalization;
using System.Text;

namespace PushGateway.Redis.PubSub;

/// <summary>Encodes commands for Redis into one buffer that is used again.</summary>
internal sealed class CommandWriter
{
    private const int KeptBytes = 64 * 1024;

    private ArrayBufferWriter<byte> _buffer = new(256);

    public ReadOnlySpan<byte> Written => _buffer.WrittenSpan;

    public void Clear()
    {
        if (_buffer.Capacity > KeptBytes)
            _buffer = new ArrayBufferWriter<byte>(256);
        else
            _buffer.ResetWrittenCount();
    }

    public void Command(params ReadOnlySpan<string> words)
    {
        Header('*', words.Length);
        foreach (var word in words)
        {
            var length = Encoding.UTF8.GetByteCount(word);
            Header('$', length);
            Encoding.UTF8.GetBytes(word, _buffer);
            _buffer.Write("\r\n"u8);
        }
    }

    /// <summary>One command for the topics of many requests.</summary>
    public void Command(ReadOnlySpan<byte> word, ReadOnlySpan<Request> requests)
    {
        Header('*', 1 + requests.Length);
        Header('$', word.Length);
        _buffer.Write(word);
        _buffer.Write("\r\n"u8);
        foreach (ref readonly var request in requests)
        {
            var space = request.Space!;
            var length = space.LengthOf(request.Name);
            Header('$', length);
            _buffer.Advance(space.Write(request.Name, _buffer.GetSpan(length)));
            _buffer.Write("\r\n"u8);
        }
    }

    private void Header(char type, int number)
    {
        var span = _buffer.GetSpan(16);
        span[0] = (byte)type;
        number.TryFormat(span[1..], out var digits, provider: CultureInfo.InvariantCulture);
        span[digits + 1] = (byte)'\r';
        span[digits + 2] = (byte)'\n';
        _buffer.Advance(digits + 3);
    }
}
