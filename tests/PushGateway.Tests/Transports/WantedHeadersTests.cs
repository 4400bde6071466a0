using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using PushGateway.Transports;
using PushGateway.Transports.Sockets;

namespace PushGateway.Tests.Transports;

public class WantedHeadersTests
{
    private const string Request = "GET /connection/websocket HTTP/1.1\r\nHost: a.example\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\ncookie: a=b\r\nX-Secret: s\r\nX-Empty:\r\nCookie: c=d\r\n\r\n";

    [Fact]
    public void Those_that_are_wanted_are_found_on_both_ways_alike()
    {
        var headers = new WantedHeaders(["Cookie", "X-Empty", "X-Missing"]);
        KeyValuePair<string, string>[] expected = [new("Cookie", "a=b"), new("Cookie", "c=d"), new("X-Empty", "")];
        Assert.True(UpgradeRequest.TryRead(Encoding.ASCII.GetBytes(Request), out var request));
        Assert.Equal(expected, headers.Of(request));
        Assert.Equal(expected, headers.Of(new HeaderDictionary { ["cookie"] = new StringValues(["a=b", "c=d"]), ["X-Empty"] = "", ["X-Secret"] = "s" }));
    }

    [Fact]
    public void Where_there_are_none_nothing_is_kept()
    {
        Assert.True(UpgradeRequest.TryRead(Encoding.ASCII.GetBytes(Request), out var request));
        foreach (var headers in new[] { new WantedHeaders([]), new WantedHeaders(["X-Missing"]) })
        {
            Assert.Null(headers.Of(request));
            Assert.Null(headers.Of(new HeaderDictionary { ["Cookie"] = "a=b" }));
        }
    }
}
