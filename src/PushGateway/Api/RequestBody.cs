using System.Buffers;
using System.Text.Unicode;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace PushGateway.Api;

/// <summary>The whole body of a request that is JSON in UTF-8, in rented memory. Whether it is well-formed shows when it is read.</summary>
internal sealed class RequestBody : IDisposable
{
    private const int FirstBytes = 4096;

    private byte[] _bytes;
    private int _length;

    private RequestBody(int capacity) => _bytes = ArrayPool<byte>.Shared.Rent(capacity);

    public ReadOnlyMemory<byte> Bytes => _bytes.AsMemory(0, _length);

    /// <summary>Reads to the end or to the limit.</summary>
    /// <exception cref="InvalidRequestException">The body is not announced as JSON, larger than the limit, or not UTF-8.</exception>
    public static async Task<RequestBody> ReadAsync(HttpRequest request, int maxBytes, CancellationToken cancellationToken)
    {
        if (!IsJson(request))
            throw new InvalidRequestException(Problem.Make(
                StatusCodes.Status415UnsupportedMediaType, ProblemType.UnsupportedMediaType, "The request must be JSON.", "Send it with Content-Type: application/json, in UTF-8."));

        if (request.ContentLength > maxBytes)
            throw TooLarge(maxBytes);

        var body = new RequestBody((int)Math.Min(maxBytes, request.ContentLength ?? FirstBytes) + 1);
        try
        {
            while (true)
            {
                if (body._length == body._bytes.Length)
                    body.Grow();
                var count = await request.Body.ReadAsync(body._bytes.AsMemory(body._length), cancellationToken);
                if (count == 0)
                    return Utf8.IsValid(body.Bytes.Span) ? body : throw new InvalidRequestException("", "The body is not valid UTF-8.");

                body._length += count;
                if (body._length > maxBytes)
                    throw TooLarge(maxBytes);
            }
        }
        catch
        {
            body.Dispose();
            throw;
        }
    }

    public void Dispose() => ArrayPool<byte>.Shared.Return(_bytes);

    private void Grow()
    {
        var larger = ArrayPool<byte>.Shared.Rent(_bytes.Length * 2);
        _bytes.AsSpan(0, _length).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = larger;
    }

    private static bool IsJson(HttpRequest request) =>
        MediaTypeHeaderValue.TryParse(request.ContentType, out var type)
        && type.MediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase)
        && (!type.Charset.HasValue || HeaderUtilities.RemoveQuotes(type.Charset).Equals("utf-8", StringComparison.OrdinalIgnoreCase));

    private static InvalidRequestException TooLarge(int maxBytes) => new(Problem.Invalid("body", $"is larger than {maxBytes} bytes", tooLarge: true));
}
