using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using PushGateway.Connections;
using PushGateway.IntegrationTests.Infrastructure;
using PushGateway.IntegrationTests.Redis;
using PushGateway.Security;
using PushGateway.Transports.Sockets;
using PushGateway.Transports.WebSockets;

namespace PushGateway.IntegrationTests.Transports;

/// <inheritdoc/>
public sealed class ClientSocketTests(SharedNode shared) : TransportContract, IClassFixture<SharedNode>
{
    [Fact]
    public async Task A_failure_ends_the_connection_and_is_told()
    {
        using var log = new RecordingLog();
        await using var node = GatewayNode.Start();
        var failing = new ClientMessages(null!);
        var clients = ActivatorUtilities.CreateInstance<SocketClients>(node.Services, Loopback, failing, new Logger<SocketClients>(log));
        var (server, peer) = await ConnectAsync();
        using (peer)
        {
            var registry = node.Services.GetRequiredService<ConnectionRegistry>();
            var transport = new ClientSocket(server, clients);
            transport.Run(registry.Open(transport, ClientIdentity.Anonymous));
            await peer.SendAsync(RawFrame.OfText("{}"), TestContext.Current.CancellationToken);
            Assert.Equal(0, await peer.ReceiveAsync(new byte[100], TestContext.Current.CancellationToken).AsTask().WaitAsync(RawWebSocket.Patience, TestContext.Current.CancellationToken));
            await Eventually.EqualAsync(NodeInside.Empty, () => NodeInside.Describe(node));
            Assert.Contains(log.Lines, line => line.Contains("A connection failed: ", StringComparison.Ordinal));
        }
    }

    private protected override async Task<Pair> OpenAsync()
    {
        var (server, peer) = await ConnectAsync();
        // Nobody reads: the node's part in it is none.
        var transport = new ClientSocket(server, ActivatorUtilities.CreateInstance<SocketClients>(shared.Node.Services, Loopback));
        return new Pair(transport, peer, () => ValueTask.CompletedTask);
    }

    private static IPEndPoint Loopback => new(IPAddress.Loopback, 0);

    private static async Task<(Socket Server, Socket Peer)> ConnectAsync()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(Loopback);
        listener.Listen();
        var peer = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 4096 };
        await peer.ConnectAsync(listener.LocalEndPoint!, TestContext.Current.CancellationToken);
        var server = await listener.AcceptAsync(TestContext.Current.CancellationToken);
        server.SendBufferSize = 4096;
        server.Blocking = false;
        return (server, peer);
    }
}
