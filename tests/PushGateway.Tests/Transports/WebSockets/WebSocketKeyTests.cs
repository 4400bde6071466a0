using System.Security.Cryptography;
using System.Text;
using PushGateway.Transports.WebSockets;

namespace PushGateway.Tests.Transports.WebSockets;

public class WebSocketKeyTests
{
    [Theory]
    [InlineData("dGhlIHNhbXBsZSBub25jZQ==", true)]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAA==", true)]
    [InlineData("++++++++////////////+w==", true)]
    [InlineData("", false)]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAA=", false)] // 17 bytes
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAA", false)] // 18 bytes
    [InlineData("AAAAAAAAAAAAAAAAAAAAAA=", false)]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAA== ", false)]
    [InlineData(" AAAAAAAAAAAAAAAAAAAAAA==", false)]
    [InlineData("AAAAAAAAAA AAAAAAAAAAA==", false)]
    [InlineData("----____AAAAAAAAAAAAAA==", false)] // base64url
    [InlineData("AAAAAAAAAAAAAAAAAAAA====", false)]
    [InlineData("ääääääääääääääääääääää==", false)]
    public void A_key_is_16_bytes_in_base64(string key, bool isValid)
    {
        Assert.Equal(isValid, WebSocketKey.IsValid(key));
        Assert.Equal(isValid, WebSocketKey.IsValid(Encoding.Latin1.GetBytes(key)));
    }

    [Fact]
    public void Text_and_bytes_have_one_proof()
    {
        var key = Convert.ToBase64String(RandomNumberGenerator.GetBytes(WebSocketKey.Bytes));
        Span<byte> accept = stackalloc byte[64];
        var length = WebSocketKey.WriteAccept(Encoding.ASCII.GetBytes(key), accept);
        Assert.Equal(WebSocketKey.Accept(key), Encoding.ASCII.GetString(accept[..length]));
        Assert.Equal(28, length);
    }
}
