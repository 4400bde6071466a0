using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using PushGateway.Security.Authorization;

namespace PushGateway.Security.Callbacks;

/// <summary>What a back end is asked; null for what has no address.</summary>
internal sealed class Callbacks : IDisposable
{
    private readonly BackEnd? _backEnd;

    public Callbacks(IOptions<PushGatewayOptions> options, TimeProvider time, ILogger<Callbacks> logger)
    {
        var callbacks = options.Value.Callbacks;
        if ((callbacks.Connect ?? callbacks.Subscribe ?? callbacks.Publish) is null)
            return;

        _backEnd = new BackEnd(options, time);
        var answers = new CallbackAnswerReader(options);
        Connect = Make("connect", callbacks.Connect, answers.ReadConnect);
        Subscribe = Make("subscribe", callbacks.Subscribe, answers.ReadSubscribe);
        Publish = Make("publish", callbacks.Publish, answers.ReadPublish);

        Callback<T>? Make<T>(string kind, string? address, Func<ReadOnlyMemory<byte>, CallbackAnswer<T>> read)
            where T : class => address is null ? null : new Callback<T>(kind, new Uri(address), read, callbacks, _backEnd, time, logger);
    }

    public Callback<ClientGrant>? Connect { get; }

    public Callback<ChannelDecision>? Subscribe { get; }

    public Callback<ChannelDecision>? Publish { get; }

    public void Dispose() => _backEnd?.Dispose();
}
