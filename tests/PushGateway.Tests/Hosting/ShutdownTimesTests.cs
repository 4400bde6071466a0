using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using PushGateway.Hosting;

namespace PushGateway.Tests.Hosting;

public class ShutdownTimesTests
{
    [Fact]
    public void A_node_pauses_and_drains_except_in_Development()
    {
        Assert.Equal((5, 20), Times(new(), "Production"));
        Assert.Equal((5, 20), Times(new(), "Staging"));
        Assert.Equal((0, 0), Times(new(), "Development"));
        Assert.Equal((1, 2), Times(new() { PauseSeconds = 1, DrainSeconds = 2 }, "Development"));
    }

    [Fact]
    public void The_host_waits_for_all_of_it()
    {
        // Pause, drain, the close timeout of 5 s with 2 s for its precision, and 3 s for the server.
        Assert.Equal(TimeSpan.FromSeconds(5 + 20 + 7 + 3), HostTimeout("Production"));
        Assert.Equal(TimeSpan.FromSeconds(60 + 20 + 7 + 3), HostTimeout("Production", gateway => gateway.Shutdown.PauseSeconds = 60));
    }

    [Fact]
    public void A_host_that_waits_longer_does_so_still()
    {
        Assert.Equal(new HostOptions().ShutdownTimeout, HostTimeout("Development"));
        Assert.Equal(TimeSpan.FromMinutes(5), HostTimeout("Production", host: host => host.ShutdownTimeout = TimeSpan.FromMinutes(5)));
        Assert.Equal(Timeout.InfiniteTimeSpan, HostTimeout("Production", host: host => host.ShutdownTimeout = Timeout.InfiniteTimeSpan));
        Assert.Equal(TimeSpan.FromSeconds(35), HostTimeout("Production", host: host => host.ShutdownTimeout = TimeSpan.FromSeconds(1)));
    }

    private static (double Pause, double Drain) Times(ShutdownOptions shutdown, string environment)
    {
        var times = new ShutdownTimes(Options.Create(new PushGatewayOptions { Shutdown = shutdown }), new TestEnvironment(environment));
        return (times.Pause.TotalSeconds, times.Drain.TotalSeconds);
    }

    private static TimeSpan HostTimeout(string environment, Action<PushGatewayOptions>? gateway = null, Action<HostOptions>? host = null)
    {
        var services = new ServiceCollection();
        services.AddSingleton<IConfiguration>(new ConfigurationBuilder().Build());
        services.AddSingleton<IHostEnvironment>(new TestEnvironment(environment));
        services.AddPushGateway(options =>
        {
            options.Security.ApiKeys.Add("a-key-of-sixteen");
            gateway?.Invoke(options);
        });
        services.Configure(host ?? (_ => { }));
        using var provider = services.BuildServiceProvider();
        return provider.GetRequiredService<IOptions<HostOptions>>().Value.ShutdownTimeout;
    }
}
