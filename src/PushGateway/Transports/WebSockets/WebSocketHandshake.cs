using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;
using PushGateway.Diagnostics;
using PushGateway.Api;
using PushGateway.Connections;
using PushGateway.Security.Origins;

namespace PushGateway.Transports.WebSockets;

/// <summary>Answers the request that asks for a WebSocket: the upgrade of HTTP/1.1 (RFC 6455, section 4.2) and the CONNECT of HTTP/2 (RFC 8441).</summary>
internal sealed class WebSocketHandshake(Admission admission, OriginRules origins, ConnectionMeters meters)
{
    private const string SupportedVersion = "13";
    private const string ProtocolName = "websocket";

    // The least that can be said: another node takes the client at once, and the next handshakes are let through within the second.
    private const string RetryAfterSeconds = "1";

    /// <summary>Accepts the request, whose client is in then: the caller has to <see cref="Admission.Leave"/> when it is gone.</summary>
    /// <param name="context">The request.</param>
    /// <param name="subprotocols">Those the endpoint speaks; the first that the client offers is chosen, and none when it offers none of them.</param>
    /// <returns>The raw stream of frames; null when the request was refused and answered.</returns>
    public async Task<Stream?> TryAcceptAsync(HttpContext context, params string[] subprotocols)
    {
        if (context.Features.Get<IHttpExtendedConnectFeature>() is { IsExtendedConnect: true } connect)
            return await AcceptConnectAsync(context, connect, subprotocols);

        if (context.Features.Get<IHttpUpgradeFeature>() is not { IsUpgradableRequest: true } upgrade || !IsUpgrade(context.Request))
        {
            await RefuseAsync(context, StatusCodes.Status426UpgradeRequired, "Connect with a WebSocket client.");
            return null;
        }

        if (!HasVersion(context.Request))
        {
            await RefuseAsync(context, StatusCodes.Status426UpgradeRequired, $"Sec-WebSocket-Version must be {SupportedVersion}.");
            return null;
        }

        if (!TryReadKey(context.Request, out var key))
        {
            await RefuseAsync(context, StatusCodes.Status400BadRequest, $"Sec-WebSocket-Key must be {WebSocketKey.Bytes} bytes in base64.");
            return null;
        }

        if (await IsTurnedAwayAsync(context))
            return null;

        context.Response.Headers.Upgrade = ProtocolName;
        context.Response.Headers.Connection = "Upgrade";
        context.Response.Headers.SecWebSocketAccept = WebSocketKey.Accept(key);
        ChooseSubprotocol(context, subprotocols);
        return await EnterAsync(upgrade.UpgradeAsync());
    }

    private async Task<Stream?> AcceptConnectAsync(HttpContext context, IHttpExtendedConnectFeature connect, string[] subprotocols)
    {
        if (!ProtocolName.Equals(connect.Protocol, StringComparison.OrdinalIgnoreCase) || !HasVersion(context.Request))
        {
            await RefuseAsync(context, StatusCodes.Status400BadRequest, $"The :protocol must be {ProtocolName}, Sec-WebSocket-Version {SupportedVersion}.");
            return null;
        }

        if (await IsTurnedAwayAsync(context))
            return null;

        ChooseSubprotocol(context, subprotocols);
        return await EnterAsync(connect.AcceptAsync().AsTask());
    }

    // The client may be gone before it was answered.
    private async Task<Stream> EnterAsync(Task<Stream> accepted)
    {
        try
        {
            return await accepted;
        }
        catch
        {
            admission.Leave();
            throw;
        }
    }

    /// <summary>Answers a proper handshake of a page that may not connect, or that comes when the node takes no client.</summary>
    private async Task<bool> IsTurnedAwayAsync(HttpContext context)
    {
        if (!origins.Allow(context.Request.Headers))
        {
            meters.HandshakeRefused("origin");
            await Problem.WriteAsync(
                context, StatusCodes.Status403Forbidden, ProblemType.OriginNotAllowed, "Pages of this origin may not connect.",
                "Add the origin to PushGateway:Security:AllowedOrigins. Without that setting only the gateway's own host may, as the header Host names it, which a proxy must not change.");
            return true;
        }

        switch (admission.TryEnter())
        {
            case Entry.Closed:
                meters.HandshakeRefused("closed");
                // The next request would find nobody here. HTTP/2 says it in its own way.
                if (HttpProtocol.IsHttp11(context.Request.Protocol))
                    context.Response.Headers.Connection = "close";
                await TurnAwayAsync(context, ProblemType.NodeLeaving, "The node is leaving.", "Connect again, to another node.");
                return true;
            case Entry.Full:
                meters.HandshakeRefused("full");
                await TurnAwayAsync(context, ProblemType.NodeFull, "The node is full.", "Connect again, to another node.");
                return true;
            case Entry.Crowded:
                meters.HandshakeRefused("crowded");
                await TurnAwayAsync(context, ProblemType.TooManyHandshakes, "Too many clients connect at once.", "Connect again a little later.");
                return true;
            default:
                return false;
        }
    }

    private static Task TurnAwayAsync(HttpContext context, string type, string title, string detail)
    {
        context.Response.Headers.RetryAfter = RetryAfterSeconds;
        return Problem.WriteAsync(context, StatusCodes.Status503ServiceUnavailable, type, title, detail);
    }

    private static bool IsUpgrade(HttpRequest request) =>
        HttpMethods.IsGet(request.Method) && HttpProtocol.IsHttp11(request.Protocol) && Lists(request.Headers.Upgrade, ProtocolName) && Lists(request.Headers.Connection, "Upgrade");

    private static bool HasVersion(HttpRequest request) => request.Headers.SecWebSocketVersion == SupportedVersion;

    private static bool TryReadKey(HttpRequest request, [NotNullWhen(true)] out string? key)
    {
        key = request.Headers.SecWebSocketKey;
        return key is not null && WebSocketKey.IsValid(key);
    }

    private static void ChooseSubprotocol(HttpContext context, string[] spoken)
    {
        foreach (var offered in context.Request.Headers.GetCommaSeparatedValues(HeaderNames.SecWebSocketProtocol))
        {
            if (!spoken.Contains(offered, StringComparer.Ordinal))
                continue;

            context.Response.Headers.SecWebSocketProtocol = offered;
            return;
        }
    }

    private static bool Lists(string? header, string token)
    {
        foreach (var range in header.AsSpan().Split(','))
            if (header.AsSpan(range).Trim().Equals(token, StringComparison.OrdinalIgnoreCase))
                return true;

        return false;
    }

    private Task RefuseAsync(HttpContext context, int status, string detail)
    {
        meters.HandshakeRefused("invalid");
        if (status == StatusCodes.Status426UpgradeRequired)
        {
            context.Response.Headers.Upgrade = ProtocolName;
            context.Response.Headers.Connection = "Upgrade";
            context.Response.Headers.SecWebSocketVersion = SupportedVersion;
        }

        return Problem.WriteAsync(context, status, ProblemType.WebSocketRequired, "This address speaks WebSocket.", detail);
    }
}
