using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace PushGateway.IntegrationTests.Infrastructure;

/// <summary>
/// The real server on a real socket, in this process. What a test does not set is as in Development, but that its namespaces keep no history: most tests are easier to read without
/// offsets.
/// </summary>
public sealed class GatewayNode : WebApplicationFactory<Program>
{
    private readonly (string Key, string Value)[] _settings;
    private readonly string _environment;
    private readonly Action<IServiceCollection> _services;

    private readonly bool _asShipped;

    private GatewayNode(string environment, Action<IServiceCollection> services, (string, string)[] settings, bool asShipped = false)
    {
        (_environment, _services, _settings, _asShipped) = (environment, services, settings, asShipped);
        UseKestrel(); // Not with a port: that overload sets it while the server may be starting, and then throws.
        StartServer();
        Address = new Uri(Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
        Http = new HttpClient { BaseAddress = Address };
    }

    /// <summary>Where it listens.</summary>
    public Uri Address { get; }

    /// <summary>A client without a key.</summary>
    public HttpClient Http { get; }

    /// <summary>Where clients connect.</summary>
    public Uri WebSocket => new($"ws://{Address.Authority}/connection/websocket");

    /// <summary>Starts a node with settings such as <c>("PushGateway:Connections:MaxSubscriptions", "2")</c>.</summary>
    public static GatewayNode Start(params (string Key, string Value)[] settings) => new(Environments.Development, _ => { }, settings);

    /// <summary>Starts a node just as in Development.</summary>
    public static GatewayNode StartAsShipped() => new(Environments.Development, _ => { }, [], asShipped: true);

    /// <summary>Starts a node with doubles in place of some of its services.</summary>
    public static GatewayNode StartWith(Action<IServiceCollection> services, params (string Key, string Value)[] settings) =>
        new(Environments.Development, services, settings);

    /// <summary>Starts a node in another environment than Development.</summary>
    public static GatewayNode StartIn(string environment, params (string Key, string Value)[] settings) => new(environment, _ => { }, settings);

    /// <summary>Starts a node in another environment than Development, with doubles in place of some of its services.</summary>
    public static GatewayNode StartIn(string environment, Action<IServiceCollection> services, params (string Key, string Value)[] settings) => new(environment, services, settings);

    protected override void ConfigureWebHost(IWebHostBuilder builder)
    {
        builder.UseEnvironment(_environment);
        builder.UseSetting("PushGateway:Shutdown:PauseSeconds", "0"); // Outside Development too: most tests stop a node with nobody watching.
        builder.UseSetting("PushGateway:Shutdown:DrainSeconds", "0");
        if (!_asShipped && _environment == Environments.Development)
            foreach (var name in (string[])["news", "orders", "chat"])
                builder.UseSetting($"PushGateway:Namespaces:{name}:HistorySize", "0");
        foreach (var (key, value) in _settings)
            builder.UseSetting(key, value);
        builder.UseUrls("http://127.0.0.1:0");
        builder.UseSetting("Logging:LogLevel:Default", "Warning");
        // A machine that is busy with other tests stands still for longer than Kestrel lets a body pause.
        builder.ConfigureTestServices(services => services.Configure<KestrelServerOptions>(kestrel => kestrel.Limits.MinRequestBodyDataRate = null));
        builder.ConfigureTestServices(_services);
    }

    public override async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await base.DisposeAsync();
    }
}
