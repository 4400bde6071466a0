using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;
using PushGateway.Connections;
using PushGateway.Protocol;

namespace PushGateway.Security.Callbacks;

/// <summary>Asks a back end who a client is that brings no token.</summary>
internal sealed class ConnectCallback(Callbacks callbacks, IOptions<PushGatewayOptions> options, TimeProvider time)
{
    private readonly string[] _emulated = [.. options.Value.Callbacks.EmulatedHeaders];

    /// <summary>Whether there is one to ask.</summary>
    public bool IsEnabled => callbacks.Connect is not null;

    /// <summary>The headers of the handshake that it gets to see.</summary>
    public IReadOnlyList<string> Headers { get; } = [.. options.Value.Callbacks.Headers];

    /// <summary>Asks. Never throws but for the token: whatever goes wrong is an error that the client may try again after.</summary>
    public async ValueTask<ConnectAnswer> AskAsync(ConnectQuestion question, CancellationToken cancellationToken)
    {
        if (callbacks.Connect is not { } callback)
            return new ConnectAnswer(Error: ErrorResult.Internal);

        // What is taken back from now on may have been unknown to the back end when it answered.
        var asked = time.GetUtcNow();
        var headers = HeadersOf(question);
        if (await callback.AskAsync(CallbackQuestion.Of(question, headers), headers, cancellationToken) is not var (grant, error, end))
            return new ConnectAnswer(Error: ErrorResult.Internal);

        return new ConnectAnswer(grant is null ? null : grant with { Stamp = grant.Stamp with { IssuedAt = asked } }, error, end);
    }

    // What the handshake says counts before what the client says: a proxy may have written it.
    private Dictionary<string, string> HeadersOf(ConnectQuestion question)
    {
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, value) in question.Headers)
            headers[name] = headers.TryGetValue(name, out var before) ? Join(name, before, value) : value;
        foreach (var name in _emulated)
            if (question.Request.Headers is { } sent && sent.TryGetValue(name, out var value))
                headers.TryAdd(name, value);

        // What is no value of a header would become another header.
        foreach (var (name, value) in headers)
            if (value.Any(char.IsControl))
                headers.Remove(name);
        return headers;
    }

    // RFC 9110, section 5.2, and for cookies RFC 9113, section 8.2.3.
    private static string Join(string name, string before, string value) =>
        string.Equals(name, HeaderNames.Cookie, StringComparison.OrdinalIgnoreCase) ? $"{before}; {value}" : $"{before}, {value}";
}

/// <summary>Who wants to connect.</summary>
/// <param name="Client">The id of the connection.</param>
/// <param name="Request">Its command.</param>
/// <param name="Headers">Those of the headers that are wanted which the handshake had.</param>
internal sealed record ConnectQuestion(string Client, ConnectRequest Request, IReadOnlyList<KeyValuePair<string, string>> Headers);

/// <summary>One of the three.</summary>
/// <param name="Grant">Who the client is.</param>
/// <param name="Error">Why it may not connect now.</param>
/// <param name="End">Why its connection is closed.</param>
internal readonly record struct ConnectAnswer(ClientGrant? Grant = null, ErrorResult? Error = null, CloseReason? End = null);
