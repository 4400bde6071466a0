using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using PushGateway.Diagnostics.Floods;
using PushGateway.Tests.Security;

namespace PushGateway.Tests.Diagnostics;

public sealed class CollapsingLoggerFactoryTests : IDisposable
{
    private const string Category = "PushGateway.Fanout.Mender";

    private readonly FakeTimeProvider _time = new();
    private readonly RecordingLog _log = new();
    private readonly FloodLimit _limit = new();
    private readonly CollapsingLoggerFactory _factory;

    public CollapsingLoggerFactoryTests() =>
        _factory = new CollapsingLoggerFactory(_log, [new CollapsedLogs("PushGateway", LogLevel.Information), new CollapsedLogs("Framework", LogLevel.Warning)], _limit, _time);

    public void Dispose()
    {
        _factory.Dispose();
        _log.Dispose();
    }

    [Fact]
    public void A_flood_becomes_some_lines_a_second_and_a_count()
    {
        Log(Category, 3, 1000);
        Assert.Equal(10, _log.Lines.Count);
        Assert.Equal((Category, 3, "number 0"), _log.Lines[0]);

        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal((CollapsingLoggerFactory.Category, 1, $"990 more of event 3 of {Category} were left out: 10 of a kind are logged a second."), _log.Lines[10]);

        Log(Category, 3, 11);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(22, _log.Lines.Count);
        Assert.StartsWith("1 more of event 3 of", _log.Lines[21].Text, StringComparison.Ordinal);

        _time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(22, _log.Lines.Count);
    }

    [Fact]
    public void The_first_of_another_kind_is_never_lost()
    {
        Log(Category, 3, 100);
        Log(Category, 4, 1);
        Log(Category, 3, 1, LogLevel.Error);
        Log("PushGateway.Fanout.Hub", 3, 1);
        Assert.Equal([(Category, 4), (Category, 3), ("PushGateway.Fanout.Hub", 3)], _log.Lines.Skip(10).Select(line => (line.Category, line.Event)));
    }

    [Fact]
    public void What_is_left_out_at_the_end_is_reported_at_the_end()
    {
        Log(Category, 3, 30);
        _factory.Dispose();
        Assert.StartsWith("20 more of event 3 of", _log.Lines[^1].Text, StringComparison.Ordinal);
        Assert.Equal(11, _log.Lines.Count);
    }

    [Fact]
    public void No_event_is_counted_twice_or_not_at_all_when_many_threads_log()
    {
        const int threads = 8, each = 5000;
        var log = _factory.CreateLogger(Category);
        var done = 0;
        var loggers = Enumerable.Range(0, threads).Select(_ => new Thread(() =>
        {
            for (var i = 0; i < each; i++)
                Write(log, 3, i);
            Interlocked.Increment(ref done);
        })).ToArray();
        foreach (var thread in loggers)
            thread.Start();
        while (Volatile.Read(ref done) < threads)
            _time.Advance(TimeSpan.FromMilliseconds(100));
        foreach (var thread in loggers)
            thread.Join();
        _factory.Dispose();

        var passed = _log.Lines.Count(line => line.Event == 3);
        var leftOut = _log.Lines.Where(line => line.Category == CollapsingLoggerFactory.Category).Sum(line => long.Parse(line.Text.Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture));
        Assert.Equal(threads * each, passed + leftOut);
    }

    [Fact]
    public void The_limit_is_a_setting_and_0_switches_it_off()
    {
        _limit.PerSecond = 2;
        Log(Category, 3, 10);
        Assert.Equal(2, _log.Lines.Count);
        _limit.PerSecond = 0;
        Log(Category, 3, 100);
        Assert.Equal(102, _log.Lines.Count);
    }

    [Theory]
    [InlineData("PushGateway", LogLevel.Debug)] // Who switches these on wants to see them.
    [InlineData("Framework.Server", LogLevel.Information)]
    [InlineData("Frameworks", LogLevel.Error)]
    [InlineData("Shop.Orders", LogLevel.Error)]
    [InlineData("PushGateway.Audit", LogLevel.Information)] // Collapses refusals itself, and must not lose what was done.
    [InlineData("PushGateway.Audit.Publish", LogLevel.Information)]
    public void What_is_not_the_gateways_or_was_asked_for_is_logged_in_full(string category, LogLevel level)
    {
        Log(category, 3, 100, level);
        Assert.Equal(100, _log.Lines.Count);
    }

    [Fact]
    public void A_host_keeps_its_own_loggers_and_the_setting_reaches_the_gateways()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { EnvironmentName = Environments.Development });
        builder.Services.AddSingleton<ILoggerFactory>(_log);
        builder.Services.AddPushGateway(options => options.Logs.MaxEventsPerSecond = 1);
        builder.Services.AddPushGateway();
        using var host = builder.Build();
        Assert.Equal(1, host.Services.GetRequiredService<IOptions<PushGatewayOptions>>().Value.Logs.MaxEventsPerSecond);
        var loggers = host.Services.GetRequiredService<ILoggerFactory>();

        for (var i = 0; i < 5; i++)
        {
            Write(loggers.CreateLogger("Shop.Orders"), 1, i);
            Write(loggers.CreateLogger(Category), 1, i);
        }

        Assert.Equal((5, 1), (_log.Lines.Count(line => line.Category == "Shop.Orders"), _log.Lines.Count(line => line.Category == Category)));
        Assert.Equal(_log.CreateLogger("Shop.Orders").GetType(), loggers.CreateLogger("Shop.Orders").GetType());
    }

    private void Log(string category, int id, int count, LogLevel level = LogLevel.Warning)
    {
        var log = _factory.CreateLogger(category);
        for (var i = 0; i < count; i++)
            Write(log, id, i, level);
    }

    private static void Write(ILogger log, int id, int number, LogLevel level = LogLevel.Warning) =>
        log.Log(level, new EventId(id), number, null, static (state, _) => $"number {state}");
}
