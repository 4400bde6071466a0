using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace PushGateway.IntegrationTests.Security;

/// <summary>An identity provider's page of keys, which can misbehave in any way.</summary>
internal sealed class KeyServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private int _requests;

    private KeyServer(WebApplication app) => _app = app;

    public string Address => $"{_app.Urls.Single()}/keys";

    /// <summary>How often it was asked.</summary>
    public int Requests => Volatile.Read(ref _requests);

    public Func<HttpContext, Task> Answer { get; set; } = context => context.Response.WriteAsync("""{"keys":[]}""");

    public static async Task<KeyServer> StartAsync(params string[] keys)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http1));
        var app = builder.Build();
        var server = new KeyServer(app);
        server.Publish(keys);
        app.Run(context =>
        {
            Interlocked.Increment(ref server._requests);
            return server.Answer(context);
        });
        await app.StartAsync(TestContext.Current.CancellationToken);
        return server;
    }

    /// <summary>Answers with these keys from now on.</summary>
    public void Publish(params string[] keys)
    {
        var body = Encoding.UTF8.GetBytes($$"""{"keys":[{{string.Join(',', keys)}}]}""");
        Answer = context => context.Response.Body.WriteAsync(body, context.RequestAborted).AsTask();
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
