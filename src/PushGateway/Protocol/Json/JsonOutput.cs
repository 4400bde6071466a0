using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace PushGateway.Protocol.Json;

/// <summary>One JSON writer per thread, so that encoding allocates nothing but its result.</summary>
internal static class JsonOutput
{
    [ThreadStatic]
    private static Utf8JsonWriter? _writer;

    /// <summary>The thread's writer, aimed at the output. In use until it is flushed; nothing that awaits may come between.</summary>
    public static Utf8JsonWriter Open(IBufferWriter<byte> output)
    {
        if (_writer is null)
            // The relaxed encoder: frames are never embedded in HTML, and names and reasons stay readable. Raw payloads were checked where they came in.
            return _writer = new Utf8JsonWriter(output, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true });

        _writer.Reset(output);
        return _writer;
    }
}
