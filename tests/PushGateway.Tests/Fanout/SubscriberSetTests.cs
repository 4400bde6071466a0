using System.Globalization;
using System.Text;
using PushGateway.Channels;
using PushGateway.Connections;
using PushGateway.Fanout;
using PushGateway.Protocol;
using PushGateway.Security;
using PushGateway.Transports;
using PushGateway.Transports.WebSockets;

namespace PushGateway.Tests.Fanout;

public class SubscriberSetTests
{
    private readonly TestNode _node = new();
    private int _reached;

    [Fact]
    public void Any_order_of_joining_leaving_and_delivering_reaches_exactly_who_is_in()
    {
        var random = new Random(31);
        List<Subscriber> present = [];
        List<Subscriber> known = [];
        for (var round = 1; round < 3000; round++)
        {
            switch (random.Next(4))
            {
                case 0 when present.Count > 0:
                    Leave(present, present[random.Next(present.Count)]);
                    break;
                case 1:
                    DeliverWhileOthersComeAndGo(random, round, present, known);
                    break;
                default:
                    Join(present, known);
                    break;
            }

            Assert.Equal(present.Count, Count);
            if (random.Next(100) == 0)
                while (present.Count > random.Next(20))
                    Leave(present, present[random.Next(present.Count)]);
        }

        Assert.True(_reached > 2000);
    }

    [Fact]
    public async Task While_others_come_and_go_nobody_is_doubled_missed_or_reached_behind_the_end()
    {
        const int leastPublications = 1000, leastLives = 500;
        var stable = Enumerable.Range(0, 10).Select(_ => new Subscriber(_node)).ToArray();
        foreach (var subscriber in stable)
            subscriber.Join();

        var (started, finished, lives) = (0, 0, 0);
        using var done = new CancellationTokenSource();
        var churn = Enumerable.Range(0, 3).Select(seed => Task.Run(
            () =>
            {
                var random = new Random(seed);
                while (!done.IsCancellationRequested)
                {
                    var subscriber = new Subscriber(_node);
                    subscriber.Join();
                    var first = Volatile.Read(ref started) + 1;
                    Thread.SpinWait(random.Next(3000));
                    var last = Volatile.Read(ref finished);
                    subscriber.Leave();
                    var beyond = Volatile.Read(ref started);
                    var received = subscriber.Received;
                    for (var i = 1; i < received.Length; i++)
                        Assert.Equal(received[i - 1] + 1, received[i]);
                    if (last >= first)
                        Assert.True(received.Length > 0 && received[0] <= first && received[^1] >= last, $"{first} to {last} were due.");
                    Thread.SpinWait(random.Next(1000));
                    Assert.True(subscriber.Received is [] || subscriber.Received[^1] <= beyond);
                    Interlocked.Increment(ref lives);
                }
            },
            TestContext.Current.CancellationToken)).ToArray();

        var publications = 0;
        while ((publications < leastPublications || Volatile.Read(ref lives) < leastLives) && !churn.Any(task => task.IsFaulted))
        {
            Volatile.Write(ref started, ++publications);
            _node.Deliver("news", publications.ToString(CultureInfo.InvariantCulture));
            Volatile.Write(ref finished, publications);
        }

        await done.CancelAsync();
        await Task.WhenAll(churn);
        Assert.All(stable, subscriber => Assert.Equal(Enumerable.Range(1, publications), subscriber.Received));
        Assert.Equal(stable.Length, Count);
    }

    [Fact]
    public async Task Many_subscribers_are_delivered_to_by_several_threads_and_each_in_order()
    {
        const int subscribers = 5_000, publications = 30;
        var all = Enumerable.Range(0, subscribers).Select(_ => new Subscriber(_node)).ToArray();
        foreach (var subscriber in all)
            subscriber.Join();
        var leaving = Task.Run(
            () =>
            {
                foreach (var subscriber in all[..1_000])
                    subscriber.Leave();
            },
            TestContext.Current.CancellationToken);
        for (var number = 1; number <= publications; number++)
            _node.Deliver("news", number.ToString(CultureInfo.InvariantCulture));
        await leaving;

        Assert.All(all[1_000..], subscriber => Assert.Equal(Enumerable.Range(1, publications), subscriber.Received));
        Assert.All(all[..1_000], subscriber => Assert.Equal(Enumerable.Range(1, subscriber.Received.Length), subscriber.Received));
        Assert.Equal(4_000, Count);
    }

    [Fact]
    public void Delivering_to_a_thousand_clients_that_keep_up_allocates_nothing_for_each()
    {
        const int subscribers = 1000, publications = 20;
        for (var i = 0; i < subscribers; i++)
            new Subscriber(_node, new DevouringTransport()).Join();
        var publication = new Publication("\"hello\""u8.ToArray());
        for (var i = 0; i < 50; i++)
            _node.Hub.Deliver("news", publication);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < publications; i++)
            _node.Hub.Deliver("news", publication);
        var each = (GC.GetAllocatedBytesForCurrentThread() - before) / publications;

        // The frame and the table that holds it; for all subscribers together.
        Assert.True(each < 400, $"{each} bytes for a publication to {subscribers} subscribers.");
    }

    [Fact]
    public void Removing_twice_is_told()
    {
        var set = new SubscriberSet();
        var subscription = new Subscription(_node.Open().Connection, null!);
        Assert.False(set.Remove(subscription));
        set.Add(subscription);
        Assert.Equal(1, set.Count);
        Assert.True(set.Remove(subscription));
        Assert.False(set.Remove(subscription));
        Assert.Equal(0, set.Count);
    }

    private int Count => _node.Hub.ListChannels(new("news", null, 1)) is [var channel] ? channel.Subscribers : 0;

    private void DeliverWhileOthersComeAndGo(Random random, int number, List<Subscriber> present, List<Subscriber> known)
    {
        Subscriber[] before = [.. present];
        foreach (var subscriber in before.Where(_ => random.Next(10) == 0))
            subscriber.OnReceived = () =>
            {
                for (var changes = random.Next(1, 6); changes > 0; changes--)
                {
                    if (present.Count > 0 && random.Next(2) == 0)
                        Leave(present, present[random.Next(present.Count)]);
                    else
                        Join(present, known);
                }
            };

        _node.Deliver("news", number.ToString(CultureInfo.InvariantCulture));
        foreach (var subscriber in before)
            subscriber.OnReceived = null;

        foreach (var subscriber in known)
        {
            var times = subscriber.Received.Count(received => received == number);
            _reached += times;
            var stayed = before.Contains(subscriber) && present.Contains(subscriber);
            Assert.True(stayed ? times == 1 : times <= (before.Contains(subscriber) ? 1 : 0), $"Publication {number} came {times} times.");
            Assert.True(subscriber.ReceivedAsItLeft is not { } end || subscriber.Received.Length == end);
        }

        known.RemoveAll(subscriber => subscriber.ReceivedAsItLeft is not null);
    }

    private void Join(List<Subscriber> present, List<Subscriber> known)
    {
        var subscriber = new Subscriber(_node);
        subscriber.Join();
        present.Add(subscriber);
        known.Add(subscriber);
    }

    private static void Leave(List<Subscriber> present, Subscriber subscriber)
    {
        present.Remove(subscriber);
        subscriber.Leave();
    }

    /// <summary>A connection subscribed to news, whose client keeps the numbers it receives.</summary>
    private sealed class Subscriber : ITransport
    {
        private readonly TestNode _node;
        private readonly Connection _connection;
        private readonly Lock _gate = new();
        private readonly List<int> _received = [];

        public Subscriber(TestNode node, ITransport? transport = null)
        {
            _node = node;
            _connection = node.Registry.Open(transport ?? this, ClientIdentity.Anonymous);
        }

        public Action? OnReceived { get; set; }

        public int? ReceivedAsItLeft { get; private set; }

        public int[] Received
        {
            get
            {
                lock (_gate)
                    return [.. _received];
            }
        }

        public FrameFormat Format => WebSocketFormat.Json;

        public void Join()
        {
            var subscription = _node.Subscribe(_connection, "news");
            Assert.Null(_connection.Subscriptions.Add(subscription, 100));
            _connection.Subscriptions.GoLive(subscription, [Format.Encode(new Reply(1, SubscribeResult.Instance))]);
        }

        public void Leave()
        {
            Hub.Unsubscribe(_connection.Subscriptions.Remove("news")!);
            ReceivedAsItLeft = Received.Length;
        }

        public int TryWrite(ReadOnlySpan<byte> frames) => 0;

        public ValueTask WriteAsync(ReadOnlyMemory<byte> frames)
        {
            var came = false;
            foreach (var frame in SentFrames(frames))
                lock (_gate)
                {
                    _received.Add(frame);
                    came = true;
                }

            if (came)
                OnReceived?.Invoke();
            return ValueTask.CompletedTask;
        }

        public void Abort() => Assert.Fail("Nothing is to be cut.");

        private static List<int> SentFrames(ReadOnlyMemory<byte> frames)
        {
            List<int> numbers = [];
            var text = Encoding.Latin1.GetString(frames.Span);
            const string mark = "\"data\":";
            for (var at = text.IndexOf(mark, StringComparison.Ordinal); at >= 0; at = text.IndexOf(mark, at, StringComparison.Ordinal))
            {
                at += mark.Length;
                numbers.Add(int.Parse(text.AsSpan(at, text.IndexOf('}', at) - at), CultureInfo.InvariantCulture));
            }

            return numbers;
        }
    }

    private sealed class DevouringTransport : ITransport
    {
        public FrameFormat Format => WebSocketFormat.Json;

        public int TryWrite(ReadOnlySpan<byte> frames) => 0;

        public ValueTask WriteAsync(ReadOnlyMemory<byte> frames) => ValueTask.CompletedTask;

        public void Abort() { }
    }
}
