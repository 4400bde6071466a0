using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using PushGateway.IntegrationTests.Redis;
using PushGateway.Protocol;
using PushGateway.Security.Authorization;
using PushGateway.Security.Callbacks;

namespace PushGateway.IntegrationTests.Security;

/// <summary>The gateway's side of callbacks by itself, and what the operator gets to read.</summary>
internal sealed class Asking : IDisposable
{
    /// <summary>What requests are signed with, where a test says nothing else.</summary>
    public const string Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    /// <summary>How long the back end may take, where a test says nothing else: near the longest, since on a busy machine a good answer takes its time.</summary>
    public static readonly TimeSpan Patient = TimeSpan.FromSeconds(9);

    private readonly Callbacks _callbacks;
    private readonly ConnectCallback _connect;
    private readonly HttpAuthorizer _authorizer;

    public Asking(Uri backEnd, Action<CallbackOptions>? configure = null, TimeProvider? time = null)
    {
        var options = new PushGatewayOptions();
        options.Callbacks.Connect = new Uri(backEnd, "/connect").AbsoluteUri;
        options.Callbacks.Subscribe = new Uri(backEnd, "/subscribe").AbsoluteUri;
        options.Callbacks.Publish = new Uri(backEnd, "/publish").AbsoluteUri;
        options.Callbacks.Secret = Secret;
        options.Callbacks.Timeout = Patient;
        configure?.Invoke(options.Callbacks);
        Assert.Null(new CallbackOptionsValidator().Validate(null, options).Failures);
        _callbacks = new Callbacks(Options.Create(options), time ?? TimeProvider.System, new Logger<Callbacks>(Log));
        _connect = new ConnectCallback(_callbacks, Options.Create(options), time ?? TimeProvider.System);
        _authorizer = new HttpAuthorizer(_callbacks);
    }

    public RecordingLog Log { get; } = new();

    public Task<ConnectAnswer> ConnectAsync(ConnectRequest? request = null, CancellationToken? cancellation = null, params (string Name, string Value)[] headers) => _connect.AskAsync(
        new ConnectQuestion("6f1c", request ?? new ConnectRequest(), [.. headers.Select(header => KeyValuePair.Create(header.Name, header.Value))]),
        cancellation ?? TestContext.Current.CancellationToken).AsTask();

    public Task<ChannelDecision> SubscribeAsync(CancellationToken? cancellation = null) => AuthorizeAsync(new ChannelRequest(ChannelOperation.Subscribe, "room:1", "42", "6f1c"), cancellation);

    public Task<ChannelDecision> PublishAsync(string data = "1") =>
        AuthorizeAsync(new ChannelRequest(ChannelOperation.Publish, "room:1", "42", "6f1c") { Data = System.Text.Encoding.UTF8.GetBytes(data) });

    public Task<ChannelDecision> AuthorizeAsync(ChannelRequest request, CancellationToken? cancellation = null) =>
        _authorizer.AuthorizeAsync(request, cancellation ?? TestContext.Current.CancellationToken).AsTask();

    public void Dispose() => _callbacks.Dispose();
}
