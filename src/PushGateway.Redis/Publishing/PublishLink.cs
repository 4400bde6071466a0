using System.Net;
using PushGateway.Brokers;
using PushGateway.Redis.PubSub;
using PushGateway.Redis.Scripts;

namespace PushGateway.Redis.Publishing;

/// <summary>
/// One connection for publishing, from connecting to its end. A thread of its own reads the answers and does nothing else. docs/decisions/0012-publishing-link.md has the reasons and
/// the numbers.
/// </summary>
internal sealed class PublishLink : IDisposable
{
    private readonly PublishLinks _links;
    private readonly PublishLimits _limits;
    private readonly TimeProvider _time;
    private readonly RedisSocket _socket;
    private readonly ReplyStream _replies;
    private readonly Pipeline _pipeline;
    private readonly TaskCompletionSource<Exception> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _probedAt;
    private Exception? _abortReason;

    public PublishLink(PublishLinks links, EndPoint endPoint, bool isSharded)
    {
        _links = links;
        _limits = links.Limits;
        _time = links.Time;
        _socket = new RedisSocket(endPoint, links.Configuration, _limits.ProbeTimeout, _time);
        _replies = new ReplyStream(_time);
        _pipeline = new Pipeline(_limits, links.Encoder, isSharded, _time, Abort);
    }

    /// <summary>Completes when the server has taken the connection and is a primary.</summary>
    public Waiter Opened { get; } = new();

    /// <summary>Connects and reads until the connection ends; the result says why it ended.</summary>
    public Task<Exception> RunAsync()
    {
        new Thread(Run) { IsBackground = true, Name = "redis-publisher" }.Start();
        return _ended.Task;
    }

    /// <summary>Gives a publication to the connection. Returns null when it does not take it, and nothing was done then.</summary>
    /// <exception cref="BrokerUnavailableException">Too much waits for Redis already.</exception>
    public PublishOperation? TrySend(in PublishRequest request) => _pipeline.TrySend(in request);

    /// <summary>Tells whoever waited long enough, and looks whether the server is still there. Called from time to time, one call at a time.</summary>
    /// <param name="interval">Between two calls.</param>
    public void Tick(TimeSpan interval)
    {
        if (!Opened.Task.IsCompleted)
            return;
        if (_pipeline.GiveUpLate() && !_pipeline.IsOpen)
            Abort(new TimeoutException("Redis did not answer in time."));

        // The clock of the timer is none too exact: better half an interval early than a whole one late.
        var since = _time.GetElapsedTime(_probedAt) + interval / 2;
        var isSilent = _replies.HeardAt < _probedAt;
        if (isSilent && since >= _limits.ProbeTimeout)
            Abort(new TimeoutException($"Redis was silent for {_limits.ProbeTimeout.TotalSeconds:0.#} seconds after it was asked for its role."));
        else if (!isSilent && since >= _limits.ProbeInterval)
        {
            _probedAt = _time.GetTimestamp();
            _pipeline.AskRole();
        }
    }

    public void Abort(Exception reason)
    {
        Interlocked.CompareExchange(ref _abortReason, reason, null);
        _socket.Dispose();
    }

    public void Dispose() => _socket.Dispose();

    private void Run()
    {
        Exception reason;
        try
        {
            var stream = Open();
            reason = ReadToEnd(stream);
        }
        catch (Exception e)
        {
            reason = e;
        }

        // What went wrong first is the reason; closing makes other things go wrong.
        Abort(reason);
        _pipeline.Close();
        _ended.SetResult(_abortReason!);
    }

    private Stream Open()
    {
        // A server that takes the connection and says nothing is left when connecting would have been.
        var limit = TimeSpan.FromMilliseconds(_links.Configuration.ConnectTimeout);
        using var timer = _time.CreateTimer(
            static link => ((PublishLink)link!).Abort(new TimeoutException("Redis took the connection and did not answer.")), this, limit, Timeout.InfiniteTimeSpan);
        var stream = _socket.Open();
        var script = Greet(stream);
        _probedAt = _replies.HeardAt;
        _pipeline.Open(stream, script);
        Opened.TrySetResult();
        return stream;
    }

    /// <summary>Returns the hash of the script that publishes, or null for a user that may not load it: what needs it goes by StackExchange.Redis then.</summary>
    private byte[]? Greet(Stream stream)
    {
        var commands = new CommandWriter();
        var hasLogin = Greeting.WriteLogin(commands, _links.Configuration);
        Greeting.WriteName(commands, _links.Configuration, "publisher");
        commands.Command("ROLE");
        commands.Command("SCRIPT", "LOAD", Script.Publish.Text);
        stream.Write(commands.Written);

        if (hasLogin && Reply.IsError(_replies.Read(stream), out var refused) && !Greeting.IsUnneeded(refused))
            throw new IOException($"Redis: {Reply.TextOf(refused)}");
        _replies.Read(stream); // A server that does not let connections have names takes publications all the same.
        var role = _replies.Read(stream);
        if (!Reply.IsPrimary(role))
            throw new IOException(Reply.IsError(role, out var unasked) ? $"Redis: {Reply.TextOf(unasked)}" : "The server is a replica.");

        // A server that cannot do it yet is not ready for the rest either.
        var loaded = _replies.Read(stream);
        if (Reply.IsError(loaded, out var error) && Refusal.FateOf(error) is PublishFate.NotDone)
            throw new IOException($"Redis: {Reply.TextOf(error)}");
        return Reply.ReadBulk(loaded) is { IsEmpty: false } hash ? hash.ToArray() : null;
    }

    private IOException ReadToEnd(Stream stream)
    {
        while (!_pipeline.IsDrained)
        {
            var reply = _replies.Read(stream);
            var expected = _pipeline.TakeAnswered();
            if (expected.Use is not ReplyUse.Role)
                Handle(reply, in expected);
            else if (!Reply.IsPrimary(reply))
                Leave();
        }

        return new IOException("The server takes no publications any more.");
    }

    private void Handle(ReadOnlySpan<byte> reply, in ExpectedReply expected)
    {
        if (Reply.ReadPublished(reply, expected.Use) is not { } published)
        {
            expected.Operation?.Complete(new PublishReply(PublishFate.Unknown, Reason: "Redis' answer is none to a publication."));
            throw new IOException("Redis' answer is none to a publication.");
        }

        expected.Operation?.Complete(in published);
        if (!Reply.IsError(reply, out var error))
            return;
        if (Refusal.IsOfServer(error))
            Leave();
        else if (Refusal.IsOfTopology(error))
            _links.Relocate();
    }

    private void Leave()
    {
        _pipeline.Drain();
        _links.Relocate();
    }
}
