using System.Buffers;
using System.IO.Pipelines;
using System.Text.Unicode;
using Microsoft.AspNetCore.Http;

namespace PushGateway.Api;

/// <summary>
/// The whole body of a request that is JSON in UTF-8: where the server has it in one piece, that piece, otherwise a copy in rented memory. Whether it is well-formed shows when it is read.
/// </summary>
internal readonly struct RequestBody : IDisposable
{
    private const int FirstBytes = 4096;

    private readonly PipeReader? _reader;
    private readonly SequencePosition _end;
    private readonly byte[]? _rented;

    private RequestBody(PipeReader reader, in ReadOnlySequence<byte> piece) => (_reader, _end, Bytes) = (reader, piece.End, piece.First);

    private RequestBody(byte[] rented, int length) => (_rented, Bytes) = (rented, rented.AsMemory(0, length));

    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>Reads to the end or to the limit.</summary>
    /// <exception cref="InvalidRequestException">The body is not announced as JSON, larger than the limit, or not UTF-8.</exception>
    public static async ValueTask<RequestBody> ReadAsync(HttpRequest request, int maxBytes)
    {
        MediaType.Check(request, MediaType.Json);
        if (request.ContentLength > maxBytes)
            throw TooLarge(maxBytes);

        // Not with RequestAborted, which costs a token for each request: a body whose sender hangs up fails by itself.
        var reader = request.BodyReader;
        var read = await reader.ReadAsync();
        var body = read.IsCompleted && read.Buffer.IsSingleSegment && read.Buffer.Length <= maxBytes
            ? new RequestBody(reader, read.Buffer)
            : await CopyAsync(reader, read, (int)Math.Min(maxBytes, request.ContentLength ?? FirstBytes), maxBytes);
        if (Utf8.IsValid(body.Bytes.Span))
            return body;

        body.Dispose();
        throw new InvalidRequestException("", "The body is not valid UTF-8.");
    }

    /// <summary>Gives the memory back.</summary>
    public void Dispose()
    {
        _reader?.AdvanceTo(_end);
        if (_rented is not null)
            ArrayPool<byte>.Shared.Return(_rented);
    }

    private static async ValueTask<RequestBody> CopyAsync(PipeReader reader, ReadResult read, int expectedBytes, int maxBytes)
    {
        var bytes = ArrayPool<byte>.Shared.Rent(expectedBytes);
        var length = 0;
        try
        {
            while (true)
            {
                var isTooLarge = length + read.Buffer.Length > maxBytes;
                if (!isTooLarge)
                {
                    Fit(ref bytes, length, length + (int)read.Buffer.Length);
                    read.Buffer.CopyTo(bytes.AsSpan(length));
                    length += (int)read.Buffer.Length;
                }

                reader.AdvanceTo(read.Buffer.End);
                if (isTooLarge)
                    throw TooLarge(maxBytes);

                if (read.IsCompleted)
                    return new RequestBody(bytes, length);

                read = await reader.ReadAsync();
            }
        }
        catch
        {
            ArrayPool<byte>.Shared.Return(bytes);
            throw;
        }
    }

    private static void Fit(ref byte[] bytes, int length, int needed)
    {
        if (needed <= bytes.Length)
            return;

        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(needed, bytes.Length * 2));
        bytes.AsSpan(0, length).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(bytes);
        bytes = larger;
    }

    private static InvalidRequestException TooLarge(int maxBytes) => new(Problem.Invalid("body", $"is larger than {maxBytes} bytes", tooLarge: true));
}
