using System.Text;
using Microsoft.Extensions.DependencyInjection;
using PushGateway.IntegrationTests.Infrastructure;
using PushGateway.Security.Origins;
using PushGateway.Transports.Sockets;

namespace PushGateway.IntegrationTests.WebSockets;

/// <summary>What is served on a bare socket would have been served by the server, and with the same answer. The seed is new in every run; a failure prints it.</summary>
public sealed class SameAnswerTests(SharedOrdinaryNode shared) : IClassFixture<SharedOrdinaryNode>
{
    private const int Requests = 300;

    private static readonly string[] Pieces =
    [
        "Connection: keep-alive", "connection: close", "UPGRADE: h2c", "Sec-WebSocket-Protocol: centrifuge-json", "Sec-WebSocket-Protocol: a,centrifuge-json , b",
        "Sec-WebSocket-Version: 13", "Sec-WebSocket-Extensions: permessage-deflate", "Cookie: a=\"b\"", "Host: b", "X:", "!#$%&'*+-.^_`|~: ~", "Origin: null", "Origin: http://a.example", "TE: trailers",
        "Authorization: Basic !", "Keep-Alive: 5", "Accept-Encoding: br,,gzip", "If-Match: *", "Range: bytes=0-", "Trailer: X", "Proxy-Connection: close", "Content-Type: a",
        "Sec-WebSocket-Accept: a", "HTTP2-Settings: a", "Forwarded: for=\"[::1]\"", "Via: 1.1 a", "Date: never", ":method: GET", "Content-Encoding: gzip",
    ];

    [Fact]
    public async Task What_is_read_is_what_the_server_serves()
    {
        var seed = Random.Shared.Next();
        var random = new Random(seed);
        await Parallel.ForEachAsync(Accepted(random).Take(Requests), TestContext.Current.CancellationToken, async (request, _) =>
        {
            await using var socket = await RawWebSocket.DialAsync(shared.Node.WebSocket);
            await socket.SendAsciiAsync(request);
            var response = await socket.ReadHeadAsync();
            var may = MayConnect(request);
            Assert.True(response.Status == (may ? 101 : 403), $"Seed {seed}, answer {response.Status}: {request}");
            if (!may)
                return; // It is not served on a bare socket either.

            Assert.True(Answer(request) == (response["Upgrade"], response["Connection"], response["Sec-WebSocket-Accept"], response["Sec-WebSocket-Protocol"]), $"Seed {seed}: {request}");
        });
    }

    private bool MayConnect(string text)
    {
        UpgradeRequest.TryRead(Encoding.ASCII.GetBytes(text), out var request);
        return !request.HasOrigin || shared.Node.Services.GetRequiredService<OriginRules>().Allow(request.Origin, request.Host);
    }

    private static IEnumerable<string> Accepted(Random random)
    {
        while (true)
        {
            var lines = new List<string> { "Host: a.example", "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13", $"Sec-WebSocket-Key: {RawWebSocket.Key}" };
            for (var more = random.Next(6); more > 0; more--)
                lines.Insert(random.Next(lines.Count + 1), Pieces[random.Next(Pieces.Length)]);
            var bytes = Encoding.ASCII.GetBytes($"GET /connection/websocket{(random.Next(3) == 0 ? "?" : "")} HTTP/1.1\r\n{string.Concat(lines.Select(line => line + "\r\n"))}\r\n");
            for (var changes = random.Next(4); changes > 0; changes--)
                bytes[random.Next(bytes.Length)] = (byte)random.Next(0x20, 0x7F);
            if (UpgradeRequest.TryRead(bytes, out var request) && request.Length == bytes.Length)
                yield return Encoding.ASCII.GetString(bytes);
        }
    }

    private static (string?, string?, string?, string?) Answer(string text)
    {
        UpgradeRequest.TryRead(Encoding.ASCII.GetBytes(text), out var request);
        Span<byte> answer = stackalloc byte[256];
        var response = RawResponse.Parse(Encoding.ASCII.GetString(answer[..request.WriteAnswer(answer)]));
        return (response["Upgrade"], response["Connection"], response["Sec-WebSocket-Accept"], response["Sec-WebSocket-Protocol"]);
    }
}
