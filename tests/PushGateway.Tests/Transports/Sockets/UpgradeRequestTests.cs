using System.Text;
using PushGateway.Transports.Sockets;

namespace PushGateway.Tests.Transports.Sockets;

public class UpgradeRequestTests
{
    private const string Key = "dGhlIHNhbXBsZSBub25jZQ==";

    [Theory]
    [InlineData("")]
    [InlineData("Origin: http://a.example")]
    [InlineData("Connection: keep-alive")]
    [InlineData("Cookie: a=b; c=\"d\"")]
    [InlineData("X-Empty:")]
    [InlineData("Sec-WebSocket-Protocol: a, b")]
    public void What_clients_send_is_read(string more) => Assert.True(IsRead(Request(more)));

    [Theory]
    [InlineData("HTTP/1.1", "HTTP/1.0")]
    [InlineData("HTTP/1.1", "HTTP/2.0")]
    [InlineData("HTTP/1.1", "HTTP/1.1 ")]
    [InlineData("GET ", "get ")]
    [InlineData("GET ", "GET  ")]
    [InlineData("GET ", "POST ")]
    [InlineData("/connection/websocket", "/connection/websocket/")]
    [InlineData("/connection/websocket", "/connection/websocket2")]
    [InlineData("/connection/websocket", "/connection/websocket#a")]
    [InlineData("/connection/websocket", "/connection/websocket?a b")]
    [InlineData("/connection/websocket", "/connection/websocket?ä")]
    [InlineData("/connection/websocket", "/Connection/websocket")]
    [InlineData("Host: a.example:80", "Host:")]
    [InlineData("Host: a.example:80", "X-Host: a")]
    [InlineData("Host: a.example:80", "Host: a\r\nHost: a")]
    [InlineData("Host: a.example:80", "Host:\r\nHost: a")]
    [InlineData("Host: a.example:80", "Host: a/b")]
    [InlineData("Host: a.example:80", "Host: a@b")]
    [InlineData("Host: a.example:80", "Host: a b")]
    [InlineData("Host: a.example:80", "Host: a:")]
    [InlineData("Host: a.example:80", "Host: a:b")]
    [InlineData("Host: a.example:80", "Host: a:123456")]
    [InlineData("Host: a.example:80", "Host: a:65536")]
    [InlineData("Host: a.example:80", "Host: a:+80")]
    [InlineData("Host: a.example:80", "Host: :80")]
    [InlineData("Host: a.example:80", "Host: ::1")]
    [InlineData("Host: a.example:80", "Host: [::1")]
    [InlineData("Host: a.example:80", "Host: []")]
    [InlineData("Host: a.example:80", "Host: [::1]80")]
    [InlineData("Host: a.example:80", "Host: [a.example]")]
    [InlineData("Upgrade: websocket", "Upgrade: h2c")]
    [InlineData("Upgrade: websocket", "Upgrade: websocket, h2c")]
    [InlineData("Upgrade: websocket", "Upgrade: \"websocket\"")]
    [InlineData("Connection: Upgrade", "Connection: close")]
    [InlineData("Connection: Upgrade", "Connection: Upgraded")]
    [InlineData("Version: 13", "Version: 8")]
    [InlineData("Version: 13", "Version: 13, 8")]
    [InlineData("Version: 13", "Version: 13\r\nSec-WebSocket-Version: 13")]
    [InlineData("Version: 13", "Version: 12\r\nSec-WebSocket-Version: 13")]
    [InlineData("Key: " + Key, "Key:")]
    [InlineData("Key: " + Key, "Key: AAAA")]
    [InlineData("Key: " + Key, "Key: dGhlIHNhbXBsZSBub25jZQ=")]
    [InlineData("Key: " + Key, "Key: dGhlIHNhbXBsZSBub25j\tQ==")]
    [InlineData("Key: " + Key, "Key: " + Key + "\r\nSec-WebSocket-Key: " + Key)]
    [InlineData("Key: " + Key, "Key:\r\nSec-WebSocket-Key: " + Key)]
    [InlineData("Upgrade: web", "Upgrade : web")]
    [InlineData("Upgrade: web", " Upgrade: web")]
    [InlineData("Upgrade: web", "Upgrade: \r\n web")]
    [InlineData("Upgrade: web", "X: a\nUpgrade: web")]
    [InlineData("Upgrade: web", "X: a\rUpgrade: web")]
    [InlineData("Upgrade: web", "X: \0\r\nUpgrade: web")]
    [InlineData("Upgrade: web", "X: ä\r\nUpgrade: web")]
    [InlineData("Upgrade: web", "X\r\nUpgrade: web")]
    [InlineData("Upgrade: web", ": a\r\nUpgrade: web")]
    [InlineData("Upgrade: web", "Origin: http://a.example\r\nOrigin: http://a.example\r\nUpgrade: web")]
    [InlineData("Upgrade: web", "Content-Length: 1\r\nUpgrade: web")]
    [InlineData("Upgrade: web", "content-length: 0\r\nUpgrade: web")]
    [InlineData("Upgrade: web", "Transfer-Encoding: chunked\r\nUpgrade: web")]
    [InlineData("Upgrade: web", "Expect: 100-continue\r\nUpgrade: web")]
    [InlineData("Upgrade: web", "Sec-WebSocket-Protocol: \"centrifuge-json\"\r\nUpgrade: web")]
    public void Whatever_is_wrong_or_odd_is_left_to_the_server(string part, string other)
    {
        Assert.Contains(part, Request(), StringComparison.Ordinal);
        Assert.False(IsRead(Request().Replace(part, other, StringComparison.Ordinal)));
    }

    [Fact]
    public void No_part_of_a_request_is_one()
    {
        var whole = Encoding.Latin1.GetBytes(Request());
        for (var length = 0; length < whole.Length; length++)
            Assert.False(UpgradeRequest.TryRead(whole.AsSpan(0, length), out _));
    }

    [Fact]
    public void What_stands_behind_it_is_not_its_own()
    {
        var request = Request();
        Assert.True(UpgradeRequest.TryRead(Encoding.Latin1.GetBytes(request + "\r\n\r\nGET / HTTP/1.1\r\n\r\n"), out var read));
        Assert.Equal(request.Length, read.Length);
    }

    [Theory]
    [InlineData("a.example:80", false)]
    [InlineData("10.0.0.1", false)]
    [InlineData("localhost:65535", false)]
    [InlineData("[::1]", true)]
    [InlineData("[2001:db8::1]:8080", true)]
    public void Hosts_are_read(string host, bool hasQuery)
    {
        var text = Request().Replace("a.example:80", host, StringComparison.Ordinal);
        if (hasQuery)
            text = text.Replace("websocket HTTP", "websocket?a=%20&b HTTP", StringComparison.Ordinal);
        Assert.True(UpgradeRequest.TryRead(Encoding.Latin1.GetBytes(text), out var request));
        Assert.Equal((host, hasQuery), (Encoding.Latin1.GetString(request.Host), request.HasQuery));
    }

    [Theory]
    [InlineData("", false, "")]
    [InlineData("Origin:", true, "")]
    [InlineData("ORIGIN:  https://a.example ", true, "https://a.example")]
    public void The_origin_is_read(string header, bool has, string origin)
    {
        Assert.True(UpgradeRequest.TryRead(Encoding.Latin1.GetBytes(Request(header)), out var request));
        Assert.Equal((has, origin), (request.HasOrigin, Encoding.Latin1.GetString(request.Origin)));
    }

    [Fact]
    public void Headers_are_found_by_name_each_as_often_as_it_came()
    {
        Assert.True(UpgradeRequest.TryRead(Encoding.Latin1.GetBytes(Request("Cookie: a=b", "X-Empty:", "cookie: c=d", "X-Cookie: no")), out var request));
        Assert.Equal(["a=b", "c=d"], Values(request, "COOKIE"));
        Assert.Equal([""], Values(request, "x-empty"));
        Assert.Equal(["a.example:80"], Values(request, "Host"));
        Assert.Empty(Values(request, "GET /connection/websocket HTTP/1.1"));
        Assert.Empty(Values(request, "Cooki"));
        Assert.Empty(Values(request, ""));
    }

    private static List<string> Values(in UpgradeRequest request, string name)
    {
        var values = new List<string>();
        while (request.TryGetHeader(Encoding.ASCII.GetBytes(name), values.Count, out var value))
            values.Add(Encoding.Latin1.GetString(value));
        return values;
    }

    [Fact]
    public void Only_so_many_headers_are_read()
    {
        string With(int headers) => Request(string.Join("\r\n", Enumerable.Range(0, headers).Select(i => $"X-{i}: a")));
        Assert.True(IsRead(With(59)));
        Assert.False(IsRead(With(60)));
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("Sec-WebSocket-Protocol: mqtt", "")]
    [InlineData("Sec-WebSocket-Protocol: Centrifuge-JSON", "")]
    [InlineData("Sec-WebSocket-Protocol: mqtt, centrifuge-json", "Sec-WebSocket-Protocol: centrifuge-json\r\n")]
    [InlineData("Sec-WebSocket-Protocol: mqtt\r\nSec-WebSocket-Protocol: centrifuge-json", "Sec-WebSocket-Protocol: centrifuge-json\r\n")]
    public void The_answer_is_that_of_the_RFC(string offered, string chosen)
    {
        Assert.True(UpgradeRequest.TryRead(Encoding.Latin1.GetBytes(Request(offered)), out var request));
        Span<byte> answer = stackalloc byte[256];
        Assert.Equal(
            $"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n{chosen}\r\n",
            Encoding.Latin1.GetString(answer[..request.WriteAnswer(answer)]));
    }

    [Fact]
    public void Any_bytes_are_read_or_not_and_nothing_throws()
    {
        var seed = Random.Shared.Next();
        var random = new Random(seed);
        var valid = Encoding.Latin1.GetBytes(Request("Sec-WebSocket-Protocol: centrifuge-json", "Origin: http://a.example"));
        var telling = "\r\n\r\n: ,?#[]\"\0\t/%AZ09=\u00ff"u8.ToArray();
        Span<byte> answer = stackalloc byte[256];
        for (var i = 0; i < 100_000; i++)
        {
            List<byte> bytes = [.. valid];
            for (var changes = random.Next(4); changes >= 0; changes--)
            {
                var at = random.Next(bytes.Count);
                switch (random.Next(4))
                {
                    case 0: bytes[at] = telling[random.Next(telling.Length)]; break;
                    case 1: bytes.Insert(at, telling[random.Next(telling.Length)]); break;
                    case 2: bytes.RemoveRange(at, Math.Min(random.Next(1, 30), bytes.Count - at - 1)); break;
                    default: bytes.InsertRange(at, bytes.GetRange(at, Math.Min(random.Next(40), bytes.Count - at))); break;
                }
            }

            try
            {
                if (!UpgradeRequest.TryRead(bytes.ToArray(), out var request))
                    continue;

                Assert.InRange(request.Length, 1, bytes.Count);
                Assert.InRange(request.WriteAnswer(answer), 1, answer.Length);
            }
            catch (Exception failure)
            {
                throw new InvalidOperationException($"Seed {seed}: {Encoding.Latin1.GetString([.. bytes])}", failure);
            }
        }
    }

    private static bool IsRead(string request) => UpgradeRequest.TryRead(Encoding.Latin1.GetBytes(request), out _);

    private static string Request(params string[] more) =>
        $"GET /connection/websocket HTTP/1.1\r\nHost: a.example:80\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        + $"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {Key}\r\n{string.Concat(more.Where(line => line.Length > 0).Select(line => line + "\r\n"))}\r\n";
}
