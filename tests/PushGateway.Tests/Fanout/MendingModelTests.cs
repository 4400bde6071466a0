using System.Text.Json;
using PushGateway.Channels;

namespace PushGateway.Tests.Fanout;

/// <summary>
/// A back end that loses connections, messages and its own memory at random, and clients that come and go. Whatever happens, what an application sees between two admissions that
/// something is missing is what the history has: nothing missing, nothing twice, nothing from another life.
/// </summary>
public class MendingModelTests
{
    private const int Steps = 300;

    private readonly TestNode _node = new(options =>
    {
        options.Connections.PingInterval = TimeSpan.FromHours(1);
        options.Connections.PositionCheckInterval = TimeSpan.FromSeconds(3);
        options.Namespaces["kept"] = new ChannelOptions { HistorySize = 100_000 };
    });

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<int> Seeds { get; } = [.. Enumerable.Range(1, 60)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task What_an_application_sees_is_what_the_history_has_or_it_is_told(int seed)
    {
        var random = new Random(seed);
        var serial = 0;
        var history = new ScriptedHistory(_node, "kept:a") { Payload = _ => $"{++serial}", OnRead = async () => await Task.Yield() };
        var backEnd = new BackEnd(_node, history, random);
        var applications = new List<Application>();
        for (var i = 0; i < 4; i++)
            applications.Add(await Application.StartAsync(_node));

        for (var step = 0; step < Steps; step++)
        {
            backEnd.Step();
            foreach (var application in applications)
            {
                if (random.Next(40) == 0)
                    await application.LeaveAndReturnAsync();
                await application.ListenAsync();
            }

            if (random.Next(6) == 0)
                await _node.Positions.TurnAsync(Cancellation);
            if (random.Next(10) == 0)
                await Task.Delay(1, Cancellation);
        }

        backEnd.Settle();
        // At the right offset with what stood there before is not there yet: a history that was set back is being found out.
        for (var i = 0; i < 1000 && !applications.TrueForAll(application => application.IsAt(history.Top) && application.HasSeen(history.Entries)); i++)
        {
            await Task.Delay(2, Cancellation);
            _node.Time.Advance(TimeSpan.FromSeconds(1));
            await _node.Positions.TurnAsync(Cancellation);
            foreach (var application in applications)
                await application.ListenAsync();
        }

        foreach (var application in applications)
        {
            Assert.True(application.IsAt(history.Top), $"{application} at the end, the history at {history.Top}.");
            Assert.True(application.HasSeen(history.Entries), $"{application} has not seen what the history has.");
        }
    }

    /// <summary>Publishes, and fails as a back end does: what it sends arrives late and in order, or is lost with the connection; and with it, perhaps, what it had written last.</summary>
    private sealed class BackEnd(TestNode node, ScriptedHistory history, Random random)
    {
        private readonly Queue<Publication> _onTheWay = new();
        private bool _isCut;
        private long _clock;

        public void Step()
        {
            switch (random.Next(40))
            {
                case < 20:
                    Publish(random.Next(4));
                    break;
                case < 34:
                    Arrive(random.Next(1, 6));
                    break;
                case < 36:
                    Cut();
                    break;
                case 36:
                    Cut();
                    history.SetBack(Math.Min(random.Next(4), history.Entries.Count));
                    break;
                case 37 when random.Next(4) == 0:
                    Cut();
                    history.Lose($"e{random.Next(1_000_000)}");
                    break;
                case 38 when _onTheWay.Count > 0:
                    _onTheWay.Dequeue(); // Lost, and nobody notices.
                    break;
                default:
                    Restore();
                    break;
            }
        }

        public void Settle()
        {
            Restore();
            Publish(1);
            Arrive(int.MaxValue);
        }

        private void Publish(int count)
        {
            foreach (var publication in history.Append(count, time: ++_clock))
                if (!_isCut)
                    _onTheWay.Enqueue(publication);
        }

        private void Arrive(int count)
        {
            for (; count > 0 && _onTheWay.TryDequeue(out var publication); count--)
                history.Send(publication);
        }

        private void Cut()
        {
            _onTheWay.Clear();
            if (!_isCut)
                node.Hub.Interrupted();
            _isCut = true;
        }

        private void Restore()
        {
            if (_isCut)
                node.Hub.Resubscribed();
            _isCut = false;
        }
    }

    /// <summary>What an SDK does, and what the application behind it sees.</summary>
    private sealed class Application
    {
        private readonly TestClient _client;
        private int _heard;
        private ulong _offset;
        private string _epoch = "";
        private bool _isSubscribed, _isLeaving;

        private Application(TestClient client) => _client = client;

        /// <summary>Where the application was told that it starts anew.</summary>
        public ulong From { get; private set; }

        public Dictionary<ulong, string> Seen { get; } = [];

        public static async Task<Application> StartAsync(TestNode node)
        {
            var application = new Application(await node.ConnectAsync());
            application._heard = application._client.Texts.Count;
            await application._client.SendAsync("""{"id":1,"subscribe":{"channel":"kept:a"}}""");
            await application.ListenAsync();
            return application;
        }

        public bool IsAt(StreamPosition top) => _isSubscribed && (_offset, _epoch) == (top.Offset, top.Epoch);

        public bool HasSeen(IReadOnlyDictionary<ulong, string> entries) =>
            entries.All(entry => entry.Key <= From || (Seen.TryGetValue(entry.Key, out var seen) && seen == entry.Value));

        public async Task LeaveAndReturnAsync()
        {
            await ListenAsync();
            _isLeaving = true;
            await _client.SendAsync("""{"id":2,"unsubscribe":{"channel":"kept:a"}}""");
            await ListenAsync();
            _isLeaving = false;
            await ReturnAsync();
        }

        public async Task ListenAsync()
        {
            for (var texts = _client.Texts; _heard < texts.Count; texts = _client.Texts)
            {
                var next = JsonElement.Parse(texts[_heard++]);
                if (next.TryGetProperty("subscribe", out var result))
                    Subscribed(result);
                else if (next.TryGetProperty("push", out var push) && push.TryGetProperty("pub", out var publication))
                    See(publication);
                else if (push.ValueKind == JsonValueKind.Object && !_isLeaving)
                    await ReturnAsync();
            }
        }

        public override string ToString() => $"{(_isSubscribed ? "" : "not ")}subscribed, at {_offset} of {_epoch} since {From}";

        private Task ReturnAsync()
        {
            _isSubscribed = false;
            return _client.SendAsync($$$"""{"id":1,"subscribe":{"channel":"kept:a","recover":true,"epoch":"{{{_epoch}}}","offset":{{{_offset}}}}}""");
        }

        private void Subscribed(JsonElement result)
        {
            _isSubscribed = true;
            _epoch = result.GetProperty("epoch").GetString()!;
            if (!result.TryGetProperty("recovered", out _))
            {
                _offset = From = result.TryGetProperty("offset", out var offset) ? offset.GetUInt64() : 0;
                Seen.Clear();
            }

            if (result.TryGetProperty("publications", out var publications))
                foreach (var publication in publications.EnumerateArray())
                    See(publication);
        }

        private void See(JsonElement publication)
        {
            Assert.True(_isSubscribed);
            Assert.Equal(++_offset, publication.GetProperty("offset").GetUInt64());
            Seen.Add(_offset, publication.GetProperty("data").GetRawText());
        }
    }
}
