using System.Net;
using System.Net.Http.Json;
using PushGateway.IntegrationTests.Infrastructure;

namespace PushGateway.IntegrationTests;

public sealed class SmokeTests
{
    [Fact]
    public async Task A_node_answers_on_a_real_socket()
    {
        await using var node = GatewayNode.Start();
        var answer = await node.Http.PostAsJsonAsync("/v1/notifications", new { channel = "news:world", data = 1 }, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }
}
