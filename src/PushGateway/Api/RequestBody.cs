using System.Buffers;
using Microsoft.AspNetCore.Http;
using PushGateway.Notifications;

namespace PushGateway.Api;

/// <summary>The whole body of a request, in rented memory.</summary>
internal sealed class RequestBody : IDisposable
{
    private const int FirstBytes = 4096;

    private byte[] _bytes;
    private int _length;

    private RequestBody(int capacity) => _bytes = ArrayPool<byte>.Shared.Rent(capacity);

    public ReadOnlyMemory<byte> Bytes => _bytes.AsMemory(0, _length);

    /// <summary>Reads to the end or to the limit.</summary>
    /// <exception cref="InvalidNotificationException">The body is larger than the limit.</exception>
    public static async Task<RequestBody> ReadAsync(HttpRequest request, int maxBytes, CancellationToken cancellationToken)
    {
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
                    return body;

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

    private static InvalidNotificationException TooLarge(int maxBytes) => new("body", $"is larger than {maxBytes} bytes", tooLarge: true);
}
