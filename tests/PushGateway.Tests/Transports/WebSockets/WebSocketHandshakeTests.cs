using PushGateway.Transports.WebSockets;

namespace PushGateway.Tests.Transports.WebSockets;

public class WebSocketHandshakeTests
{
    [Fact]
    public void The_accept_value_is_that_of_the_example_in_RFC_6455() =>
        Assert.Equal("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", WebSocketHandshake.Accept("dGhlIHNhbXBsZSBub25jZQ=="));
}
