using System.Collections.Concurrent;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using PushGateway.Brokers;
using PushGateway.Redis.PubSub;

namespace PushGateway.Redis.Cluster;

/// <summary>
/// Questions to all nodes and their answers, over pub/sub: one topic that every node hears, one that each asker hears its answers on. A new kind of
/// question is one <see cref="Handle"/> on the side that answers and one <see cref="AskAsync"/> on the side that asks.
/// </summary>
internal sealed partial class ControlChannel
{
    private const string Everyone = "control";

    // What reaches the control topic is handled off the reading thread. More than this at a time, some 13,000 messages of the usual size, is no cluster talking but a flood.
    private const int MaxWaitingBytes = 16 * 1024 * 1024;

    // What handling a message takes beside its own bytes.
    private const int BytesPerMessage = 1024;

    private readonly RedisConnection _redis;
    private readonly ILogger _logger;
    private readonly SparseLog _dropped;
    private readonly TopicSpace _topics;
    private readonly string _topicPrefix;
    private readonly string _replyTo = $"reply:{Guid.NewGuid():N}";
    private readonly ConcurrentDictionary<string, Question> _questions = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Func<JsonElement, ValueTask<JsonElement>>> _handlers = new(StringComparer.Ordinal);
    private readonly Channel<byte[]> _received = Channel.CreateUnbounded<byte[]>(new UnboundedChannelOptions { SingleReader = true });
    private string _node = "";
    private long _waitingBytes;

    public ControlChannel(RedisConnection redis, TimeProvider time, ILogger logger)
    {
        _redis = redis;
        _logger = logger;
        _dropped = new SparseLog(time);
        _topicPrefix = ClusterKeys.Prefix(redis.Options.Prefix);
        _topics = redis.Subscriber.AddSpace(_topicPrefix, "", Receive);
    }

    /// <summary>
    /// Answers questions of one kind. Handlers are begun one after the other, in the order in which the questions came, so that one that takes its time does not do so before its first
    /// await. Before <see cref="StartAsync"/>.
    /// </summary>
    public void Handle(string kind, Func<JsonElement, ValueTask<JsonElement>> handler) => _handlers.Add(kind, handler);

    /// <summary>Begins to hear the others; completes when Redis has confirmed, or is not there to confirm.</summary>
    public async Task StartAsync(string node, CancellationToken cancellationToken)
    {
        _node = node;
        _ = HandleAllAsync();
        await Task.WhenAll(
            _redis.Subscriber.KeepAsync(_topics, Everyone, cancellationToken),
            _redis.Subscriber.KeepAsync(_topics, _replyTo, cancellationToken));
    }

    /// <summary>Asks other nodes and waits until all have answered, or for the reply time-out.</summary>
    /// <exception cref="BrokerUnavailableException">The question could not be sent.</exception>
    public async Task<Answers> AskAsync(string kind, JsonElement body, IReadOnlyCollection<string> nodes, CancellationToken cancellationToken)
    {
        if (nodes.Count == 0)
            return new Answers([], []);

        var id = Guid.NewGuid().ToString("N");
        var question = _questions[id] = new Question(nodes);
        try
        {
            await SendAsync(Everyone, new ControlMessage(ControlMessage.CurrentVersion, kind, id, _node, _replyTo, body), cancellationToken);
            await question.Complete.WaitAsync(_redis.Options.ReplyTimeout, _redis.Time, cancellationToken);
        }
        catch (TimeoutException)
        {
            // Then some are silent, and the caller is told which.
        }
        finally
        {
            _questions.TryRemove(id, out _);
        }

        return question.End();
    }

    private async Task SendAsync(string topic, ControlMessage message, CancellationToken cancellationToken) =>
        await _redis.RunAsync(
            static (redis, message) => redis.PublishAsync(message.Redis.ChannelOf(message.Topic), message.Bytes),
            (Redis: _redis, Topic: _topicPrefix + topic, Bytes: JsonSerializer.SerializeToUtf8Bytes(message, ClusterJson.Default.ControlMessage)),
            cancellationToken);

    private void Receive(string topic, ReadOnlySpan<ReadOnlyMemory<byte>> payloads)
    {
        foreach (var payload in payloads)
            Receive(payload);
    }

    private void Receive(ReadOnlyMemory<byte> payload)
    {
        var cost = payload.Length + BytesPerMessage;
        if (Interlocked.Add(ref _waitingBytes, cost) <= MaxWaitingBytes)
        {
            _received.Writer.TryWrite(payload.ToArray());
            return;
        }

        Interlocked.Add(ref _waitingBytes, -cost);
        Drop("too many at once");
    }

    private async Task HandleAllAsync()
    {
        await foreach (var payload in _received.Reader.ReadAllAsync())
            _ = HandleAsync(payload);
    }

    private async Task HandleAsync(byte[] payload)
    {
        try
        {
            if (JsonSerializer.Deserialize(payload, ClusterJson.Default.ControlMessage) is { Version: ControlMessage.CurrentVersion } message)
                await HandleAsync(message);
        }
        catch (JsonException)
        {
            Drop("not the gateway's");
        }
        catch (Exception e)
        {
            Drop(e.Message);
        }
        finally
        {
            Interlocked.Add(ref _waitingBytes, -(payload.Length + BytesPerMessage));
        }
    }

    private async Task HandleAsync(ControlMessage message)
    {
        if (message.ReplyTo is null)
        {
            if (_questions.TryGetValue(message.Id, out var question))
                question.Answer(message.From, message.Body);
        }
        else if (message.From != _node && _handlers.TryGetValue(message.Kind, out var handler))
        {
            var answer = message with { From = _node, ReplyTo = null, Body = await handler(message.Body) };
            await SendAsync(message.ReplyTo, answer, CancellationToken.None);
        }
    }

    private void Drop(string reason)
    {
        if (_dropped.TryTake(out var count))
            Log.Dropped(_logger, reason, count);
    }

    private static partial class Log
    {
        [LoggerMessage(30, LogLevel.Warning, "A control message was dropped: {Reason} ({Count} since the last report).")]
        public static partial void Dropped(ILogger logger, string reason, long count);
    }
}
