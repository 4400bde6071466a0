using System.Text;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using PushGateway.Channels;
using PushGateway.Cluster;
using PushGateway.Connections;
using PushGateway.Fanout;
using PushGateway.Notifications;
using PushGateway.Protocol;
using PushGateway.Security.Authorization;

namespace PushGateway.Security;

/// <summary>What clients may do: the rules of channels, and behind those where they say so the authorizer.</summary>
internal sealed partial class ClientPermissions(
    ChannelDirectory channels,
    IOptions<PushGatewayOptions> options,
    IHostEnvironment environment,
    ILogger<ClientPermissions> logger,
    IChannelAuthorizer? authorizer = null)
{
    private const int PermissionDenied = 103;

    // Of the client protocol, and from 4000 an application's own.
    private const int FirstClose = 3000, LastClose = 4999;

    private readonly int _maxDataBytes = options.Value.Api.MaxDataBytes;

    /// <summary>Whether clients without a user and without a token may connect.</summary>
    public bool AllowsAnonymous { get; } = options.Value.Security.AllowAnonymous ?? environment.IsDevelopment();

    /// <summary>Decides about a command in a channel whose name is well-formed.</summary>
    /// <param name="operation">What the client wants to do.</param>
    /// <param name="connection">The client.</param>
    /// <param name="channel">Where.</param>
    /// <param name="hasToken">Whether it has brought a good subscription token.</param>
    /// <param name="data">What it wants to publish, or says to whoever decides whether it may subscribe.</param>
    public ValueTask<Judgement> JudgeAsync(ChannelOperation operation, Connection connection, in ChannelName channel, bool hasToken = false, ReadOnlyMemory<byte> data = default)
    {
        var refused = Judge(operation, connection, channel, hasToken, out var mustAsk);
        return mustAsk && refused is null ? AskAsync(operation, connection, channel.Value, data) : new ValueTask<Judgement>(new Judgement(refused));
    }

    private ErrorResult? Judge(ChannelOperation operation, Connection connection, in ChannelName channel, bool hasToken, out bool mustAsk)
    {
        mustAsk = false;
        if (!channels.TryGetRules(channel, out var rules))
            return ErrorResult.UnknownChannel;

        var subscription = operation == ChannelOperation.Subscribe ? null : connection.Subscriptions.Find(channel.Value);
        if (channel.IsPersonal)
            return MayInOwn(operation, connection, channel, subscription) ? null : ErrorResult.PermissionDenied;

        if (channel.IsForUsers && !channel.IsFor(connection.User))
            return ErrorResult.PermissionDenied;

        // Who is not in a private channel learns nothing of it, whatever its rules say.
        if ((rules.IsPrivate || channel.IsPrivate) && (operation == ChannelOperation.Subscribe ? !hasToken : subscription is null))
            return ErrorResult.PermissionDenied;

        var access = AccessTo(operation, rules);
        mustAsk = access == ChannelAccess.Callback;
        return mustAsk || Allows(access, connection, subscription, hasToken) ? null : ErrorResult.PermissionDenied;
    }

    private static ChannelAccess AccessTo(ChannelOperation operation, ChannelRules rules) => operation switch
    {
        ChannelOperation.Subscribe => rules.Subscribe,
        ChannelOperation.Publish => rules.Publish,
        ChannelOperation.ReadPresence => rules.ReadPresence,
        _ => rules.ReadHistory,
    };

    // A user's own channel is how back ends speak to the user: no setting opens it to other clients, nor to publications of any.
    private static bool MayInOwn(ChannelOperation operation, Connection connection, in ChannelName channel, Subscription? subscription) => operation switch
    {
        ChannelOperation.Subscribe => channel.IsFor(connection.User),
        ChannelOperation.Publish => false,
        _ => subscription is not null,
    };

    private static bool Allows(ChannelAccess access, Connection connection, Subscription? subscription, bool hasToken) => access switch
    {
        ChannelAccess.Anonymous => true,
        ChannelAccess.Authenticated => hasToken || connection.User.Length > 0,
        ChannelAccess.Token => hasToken || (subscription is not null && (subscription.Kind & SubscriptionKind.Granted) != 0),
        ChannelAccess.Subscribers => subscription is not null,
        _ => false,
    };

    private async ValueTask<Judgement> AskAsync(ChannelOperation operation, Connection connection, string channel, ReadOnlyMemory<byte> data)
    {
        if (authorizer is null)
            return new Judgement(ErrorResult.PermissionDenied);

        var request = new ChannelRequest(operation, channel, connection.User, connection.Id.ToString())
        {
            ConnectionInfo = connection.ConnectionInfo,
            Meta = connection.Permit?.Meta,
            Data = data,
        };
        try
        {
            var decision = await authorizer.AuthorizeAsync(request, connection.Gone);
            return decision.IsAllowed ? new Judgement(null, Checked(decision)) : new Judgement(Refused(decision));
        }
        catch (OperationCanceledException) when (connection.Gone.IsCancellationRequested)
        {
            return new Judgement(ErrorResult.Internal); // Nobody is there to be answered.
        }
#pragma warning disable CA1031 // The authorizer is the host's own code, and its failure is this client's alone. What is not allowed is refused.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            Log.NotDecided(logger, connection.Id, operation, failure);
            return new Judgement(ErrorResult.Internal);
        }
    }

    // What the client sent was checked when it came.
    private ChannelDecision Checked(ChannelDecision decision) => decision.Data is not { } data || (data.Length <= _maxDataBytes && JsonPayload.IsOneValue(data.Span))
        ? decision
        : throw new InvalidOperationException($"What an authorizer has published in place of what a client sent must be one JSON value of at most {_maxDataBytes} bytes.");

    private static Refusal Refused(ChannelDecision decision)
    {
        if (decision.DisconnectCode is not { } code)
            return decision.ErrorCode == PermissionDenied ? ErrorResult.PermissionDenied : new ErrorResult(decision.ErrorCode, decision.ErrorMessage, decision.IsTemporary);

        return code is >= FirstClose and <= LastClose && Encoding.UTF8.GetByteCount(decision.DisconnectReason) <= Disconnection.MaxReasonBytes
            ? new CloseReason((ushort)code, decision.DisconnectReason)
            : throw new InvalidOperationException($"An authorizer may close with {FirstClose} to {LastClose} and a reason of at most {Disconnection.MaxReasonBytes} bytes.");
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "The authorizer could not decide whether connection {Connection} may {Operation}; it may not.")]
        public static partial void NotDecided(ILogger logger, Guid connection, ChannelOperation operation, Exception failure);
    }
}
