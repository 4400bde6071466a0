using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Microsoft.Extensions.Options;

namespace PushGateway.Security.Callbacks;

/// <summary>Posts questions, signed, and brings back what was answered.</summary>
internal sealed class BackEnd : IDisposable
{
    // So that a back end whose address changes in the DNS is found again.
    private static readonly TimeSpan ConnectionLifetime = TimeSpan.FromMinutes(5);

    // Shorter than servers keep an idle connection, of which Node.js has the least with 5 s: a question that meets a connection's end fails.
    private static readonly TimeSpan ConnectionIdleTimeout = TimeSpan.FromSeconds(4);

    private static readonly MediaTypeHeaderValue Json = new("application/json");

    private readonly HttpClient _http;
    private readonly WebhookSignature _signature;
    private readonly TimeProvider _time;

    public BackEnd(IOptions<PushGatewayOptions> options, TimeProvider time)
    {
        var callbacks = options.Value.Callbacks;
        var handler = new SocketsHttpHandler
        {
            // A question goes where it was sent to and nowhere else, and nothing is remembered from one to the next.
            AllowAutoRedirect = false,
            UseProxy = false,
            UseCookies = false,
            Credentials = null,
            ConnectTimeout = callbacks.Timeout,
            PooledConnectionLifetime = ConnectionLifetime,
            PooledConnectionIdleTimeout = ConnectionIdleTimeout,
            MaxResponseDrainSize = 0,
            RequestHeaderEncodingSelector = static (_, _) => Encoding.UTF8,
        };
        _http = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan, MaxResponseContentBufferSize = callbacks.MaxResponseBytes };
        _signature = new WebhookSignature(callbacks.Secret, callbacks.PreviousSecret);
        _time = time;
    }

    /// <summary>Posts one question. It is never sent a second time, since nobody knows what became of the first.</summary>
    /// <param name="address">Where to.</param>
    /// <param name="id">Its id, unique.</param>
    /// <param name="question">JSON.</param>
    /// <param name="headers">Of the client.</param>
    /// <param name="cancellationToken">Ends the waiting, and the connection.</param>
    /// <returns>The body of the answer.</returns>
    /// <exception cref="HttpRequestException">There is none, or it is too large.</exception>
    /// <exception cref="UnusableAnswerException">It has another status than 200.</exception>
    public async Task<byte[]> AskAsync(
        Uri address, string id, ReadOnlyMemory<byte> question, IReadOnlyDictionary<string, string> headers, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, address) { Content = new ReadOnlyMemoryContent(question) };
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        var now = _time.GetUtcNow().ToUnixTimeSeconds();
        request.Headers.Add(WebhookSignature.IdHeader, id);
        request.Headers.Add(WebhookSignature.TimestampHeader, now.ToString(CultureInfo.InvariantCulture));
        request.Headers.Add(WebhookSignature.SignatureHeader, _signature.Sign(id, now, question.Span));
        request.Content.Headers.ContentType = Json;

        using var response = await _http.SendAsync(request, cancellationToken);
        return response.StatusCode == HttpStatusCode.OK
            ? await response.Content.ReadAsByteArrayAsync(cancellationToken)
            : throw new UnusableAnswerException(string.Create(CultureInfo.InvariantCulture, $"its status is {(int)response.StatusCode}"));
    }

    public void Dispose() => _http.Dispose();
}
