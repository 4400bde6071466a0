using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Net.Security;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using PushGateway.Connections;
using PushGateway.IntegrationTests.Infrastructure;
using PushGateway.Transports.Sockets;

namespace PushGateway.IntegrationTests.WebSockets;

/// <summary>Clients over <c>wss://</c>, by a certificate of the test's own.</summary>
public sealed class SecureWebSocketTests : IDisposable
{
    private const string ServerKey = "a-key-of-16-characters-or-more";

    private readonly OwnCertificate _certificate = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _certificate.Dispose();

    [Theory]
    [InlineData("Kestrel__Endpoints__Tls__Url", "Kestrel__Endpoints__Tls__Certificate__Path", "Kestrel__Endpoints__Tls__Certificate__KeyPath")]
    [InlineData("ASPNETCORE_URLS", "Kestrel__Certificates__Default__Path", "Kestrel__Certificates__Default__KeyPath")]
    public async Task The_official_client_is_served_by_the_server_over_TLS(string urlSetting, string certificateSetting, string keySetting)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        limit.CancelAfter(TimeSpan.FromMinutes(2));
        var authority = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{RedisHost.FindPort()}");
        await using var server = ChildProcess.Start("dotnet", [typeof(Program).Assembly.Location],
        [
            ("ASPNETCORE_ENVIRONMENT", "Production"),
            ("PushGateway__Security__ApiKeys__0", ServerKey),
            ("PushGateway__Security__AllowAnonymous", "true"),
            ("PushGateway__Channels__Subscribe", "Anonymous"),
            (urlSetting, $"https://{authority}"),
            (certificateSetting, _certificate.CertificateFile),
            (keySetting, _certificate.KeyFile),
        ]);
        while (!(await server.NextLineAsync(limit.Token)).Contains($"Now listening on: https://{authority}", StringComparison.Ordinal))
        {
            // It says other things before.
        }

        await using var client = OfficialClient.StartTrusting(_certificate.CertificateFile, $"wss://{authority}/connection/websocket", "news");
        await client.SubscribedAsync(1, limit.Token);
        using var http = new HttpClient(_certificate.TrustingHandler()) { BaseAddress = new Uri($"https://{authority}"), DefaultRequestHeaders = { { "X-API-Key", ServerKey } } };
        for (var i = 0; i < 20; i++)
            (await http.PostAsJsonAsync("/v1/notifications", new { channel = "news", data = i }, limit.Token)).EnsureSuccessStatusCode();
        for (var i = 0; i < 20; i++)
            Assert.Equal(i, (await client.NextAsync("publication", limit.Token)).GetProperty("data").GetInt32());

        await ExpectNothingInClearAsync(new Uri($"ws://{authority}/connection/websocket"));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_client_is_served_over_both_versions_of_http(int version)
    {
        await using var node = Start();
        using var http = new HttpMessageInvoker(_certificate.TrustingHandler());
        using var client = new ClientWebSocket();
        client.Options.HttpVersion = new Version(version, version == 1 ? 1 : 0);
        client.Options.HttpVersionPolicy = HttpVersionPolicy.RequestVersionExact;
        client.Options.SetRequestHeader("Origin", $"https://{node.Address.Authority}");
        await client.ConnectAsync(new UriBuilder(node.WebSocket) { Scheme = "wss" }.Uri, http, Cancellation);
        await client.SendAsync("""{"id":1,"connect":{}}"""u8.ToArray(), WebSocketMessageType.Text, true, Cancellation);
        var buffer = new byte[4096];
        var answer = await client.ReceiveAsync(buffer.AsMemory(), Cancellation);
        Assert.StartsWith("""{"id":1,"connect":""", Encoding.UTF8.GetString(buffer, 0, answer.Count), StringComparison.Ordinal);
        Assert.Equal((0, 1), (NodeInside.CountBare(node.Services), node.Services.GetRequiredService<ConnectionRegistry>().Count));
    }

    [Fact]
    public async Task What_comes_in_clear_is_answered_by_nobody()
    {
        await using var node = Start();
        await ExpectNothingInClearAsync(node.WebSocket);
        await ExpectNothingInClearAsync(new Uri(node.WebSocket, "/echo"));
        Assert.Equal(0, node.Services.GetRequiredService<ConnectionRegistry>().Count);
    }

    [Fact]
    public async Task Who_does_not_come_through_TLS_to_a_request_in_time_is_cut()
    {
        await using var node = Start(("PushGateway:Connections:HandshakeTimeout", "00:00:02"));
        await using var silent = await RawWebSocket.DialAsync(node.WebSocket);
        await using var halfHello = await RawWebSocket.DialAsync(node.WebSocket);
        await halfHello.SendAsync(new byte[] { 0x16, 0x03, 0x01, 0x02, 0x00, 0x01 });
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, node.Address.Port, Cancellation);
        await using var silentBehindTls = new SslStream(new NetworkStream(socket), leaveInnerStreamOpen: false);
        var end = await Record.ExceptionAsync(async () =>
        {
#pragma warning disable CA5359 // Whom it speaks to is not what is tested.
            await silentBehindTls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "localhost", RemoteCertificateValidationCallback = (_, _, _, _) => true }, Cancellation);
#pragma warning restore CA5359
            Assert.Equal(0, await silentBehindTls.ReadAsync(new byte[1], Cancellation).AsTask().WaitAsync(RawWebSocket.Patience, Cancellation));
        });
        Assert.True(end is null or IOException, $"{end}"); // On a busy machine it is cut in the middle.
        await silent.DrainAsync();
        await halfHello.DrainAsync();
        await Eventually.EqualAsync(0, () => node.Services.GetRequiredService<PendingSockets>().Count);
    }

    private GatewayNode Start(params (string, string)[] settings) => GatewayNode.Start(
    [
        ("Kestrel:Endpoints:Tls:Url", "https://127.0.0.1:0"),
        ("Kestrel:Endpoints:Tls:Certificate:Path", _certificate.CertificateFile),
        ("Kestrel:Endpoints:Tls:Certificate:KeyPath", _certificate.KeyFile),
        .. settings,
    ]);

    // The server may say in the language of TLS that it does not understand, and nothing else.
    private static async Task ExpectNothingInClearAsync(Uri address)
    {
        await using var clear = await RawWebSocket.DialAsync(address);
        await clear.SendAsciiAsync(clear.HandshakeRequest());
        var answer = new byte[4096];
        var length = 0;
        try
        {
            while (await clear.Socket.ReceiveAsync(answer.AsMemory(length), Cancellation).AsTask().WaitAsync(RawWebSocket.Patience, Cancellation) is > 0 and var count)
                length += count;
        }
        catch (SocketException)
        {
            // A reset, since what was sent has been read by nobody.
        }

        Assert.DoesNotContain("HTTP", Encoding.Latin1.GetString(answer, 0, length), StringComparison.Ordinal);
    }
}
