using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using PushGateway.Connections;

namespace PushGateway.Tests.Connections;

public class AdmissionTests
{
    [Fact]
    public void Never_are_more_clients_in_than_may_be_and_no_place_is_lost()
    {
        const int max = 7, each = 50_000;
        using var admission = Make(options => options.MaxConnections = max);
        int inside = 0, most = 0, entered = 0;
        Parallel.For(0, 16, new ParallelOptions { CancellationToken = TestContext.Current.CancellationToken }, _ =>
        {
            for (var i = 0; i < each; i++)
            {
                if (admission.TryEnter() != Entry.Open)
                    continue;

                var now = Interlocked.Increment(ref inside);
                for (var seen = Volatile.Read(ref most); now > seen; seen = Volatile.Read(ref most))
                    Interlocked.CompareExchange(ref most, now, seen);
                Interlocked.Increment(ref entered);
                Interlocked.Decrement(ref inside);
                admission.Leave();
            }
        });
        Assert.InRange(most, 1, max);
        Assert.InRange(entered, max, int.MaxValue);
        Assert.Equal(0, admission.Clients);
        for (var i = 0; i < max; i++)
            Assert.Equal(Entry.Open, admission.TryEnter());
        Assert.Equal(Entry.Full, admission.TryEnter());
    }

    [Fact]
    public void Without_a_limit_all_are_let_in()
    {
        using var admission = Make(options => (options.MaxConnections, options.HandshakesPerSecond) = (0, 0));
        for (var i = 0; i < 1000; i++)
            Assert.Equal(Entry.Open, admission.TryEnter());
        Assert.Equal(1000, admission.Clients);
    }

    [Fact]
    public void Who_is_turned_away_takes_neither_a_place_nor_a_handshake()
    {
        using var admission = Make(options => (options.MaxConnections, options.HandshakesPerSecond, options.HandshakeBurst) = (2, 1, 2));
        Assert.Equal(Entry.Open, admission.TryEnter());
        Assert.Equal(Entry.Open, admission.TryEnter());
        for (var i = 0; i < 100; i++)
            Assert.Equal(Entry.Full, admission.TryEnter());
        admission.Leave();
        Assert.Equal(Entry.Crowded, admission.TryEnter());
        Assert.Equal(1, admission.Clients);
        admission.Close();
        Assert.Equal(Entry.Closed, admission.TryEnter());
        Assert.Equal(1, admission.Clients);
    }

    private static Admission Make(Action<ConnectionOptions> configure)
    {
        var options = new PushGatewayOptions { Connections = { HandshakesPerSecond = 0 } };
        configure(options.Connections);
        return new Admission(Options.Create(options), new Microsoft.Extensions.Time.Testing.FakeTimeProvider(), NullLogger<Admission>.Instance);
    }
}
