using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using PushGateway.IntegrationTests.Infrastructure;
using PushGateway.Transports.WebSockets;

namespace PushGateway.IntegrationTests.Transports;

/// <inheritdoc/>
public sealed class StreamTransportTests : TransportContract
{
    private protected override async Task<Pair> OpenAsync()
    {
        var opened = new TaskCompletionSource<StreamTransport>(TaskCreationOptions.RunContinuationsAsynchronously);
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrel().UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        app.Run(async context =>
        {
            var stream = await context.Features.Get<IHttpUpgradeFeature>()!.UpgradeAsync();
            await stream.FlushAsync();
            var transport = new StreamTransport(context, stream, WebSocketFormat.Json);
            opened.SetResult(transport);
            await ended.Task;
            transport.End();
        });
        await app.StartAsync(TestContext.Current.CancellationToken);
        var address = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
        var peer = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 4096 };
        await peer.ConnectAsync(address.Host, address.Port, TestContext.Current.CancellationToken);
        await peer.SendAsync(Encoding.ASCII.GetBytes("GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: any\r\n\r\n"), TestContext.Current.CancellationToken);
        var transport = await opened.Task.WaitAsync(RawWebSocket.Patience, TestContext.Current.CancellationToken);
        await SkipHeadAsync(peer);
        return new Pair(transport, peer, async () =>
        {
            ended.SetResult();
            await app.DisposeAsync();
        });
    }

    private static async Task SkipHeadAsync(Socket peer)
    {
        var head = "";
        var next = new byte[1];
        while (!head.EndsWith("\r\n\r\n", StringComparison.Ordinal) && await peer.ReceiveAsync(next, TestContext.Current.CancellationToken) > 0)
            head += (char)next[0];
    }
}
