using Microsoft.Extensions.Options;
using PushGateway.Diagnostics;
using PushGateway.Brokers;
using PushGateway.Channels;
using PushGateway.Notifications;
using PushGateway.Protocol;
using PushGateway.Security;
using PushGateway.Security.Authorization;

namespace PushGateway.Connections;

/// <summary>Carries out the <c>publish</c> command.</summary>
internal sealed class PublishHandler(
    IBroker broker, ChannelDirectory directory, ClientPermissions permissions, PublishMeters meters, Audit audit, IOptions<PushGatewayOptions> options)
{
    private readonly int _maxDataBytes = options.Value.Api.MaxDataBytes;

    public async ValueTask PublishAsync(Connection connection, uint id, PublishRequest request)
    {
        if (!ChannelName.TryParse(request.Channel, out var name, out _) || request.Data.IsEmpty || request.Data.Length > _maxDataBytes)
        {
            connection.Send(new Reply(id, ErrorResult.BadRequest));
            return;
        }

        var (refusal, decision) = await permissions.JudgeAsync(ChannelOperation.Publish, connection, name, data: request.Data);
        if (refusal is { } why)
        {
            Note(connection, name.Value, "refused");
            why.Tell(connection, id);
            return;
        }

        var rules = directory.RulesOf(name.Value);
        var takenAt = meters.Now;
        using var span = Tracing.StartPublishOfClient(name.Value);
        var publication = new Publication(JsonPayload.OnOneLine(decision?.Data ?? request.Data), Info: connection.Info) { TakenAt = takenAt, Trace = Tracing.ContextOf(span) };
        Result result;
        try
        {
            var outcome = await broker.PublishAsync(name.Value, publication, new PublishOptions(rules.History), CancellationToken.None);
            meters.Published(rules, PublishSource.Client, takenAt, outcome);
            Note(connection, name.Value, "published");
            result = PublishResult.Instance;
        }
        catch (BrokerUnavailableException failure)
        {
            meters.Failed(rules, PublishSource.Client, takenAt, failure);
            Tracing.Fail(span, failure);
            Note(connection, name.Value, "unavailable");
            result = ErrorResult.Internal;
        }

        connection.Send(new Reply(id, result));
    }

    private void Note(Connection connection, string channel, string outcome)
    {
        if (audit.IsPublishEnabled)
            audit.Published(connection.Id, connection.User, channel, outcome);
    }
}
