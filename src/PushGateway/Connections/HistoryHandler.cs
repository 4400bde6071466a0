using Microsoft.Extensions.Options;
using PushGateway.Brokers;
using PushGateway.Channels;
using PushGateway.Protocol;
using PushGateway.Security;
using PushGateway.Security.Authorization;

namespace PushGateway.Connections;

/// <summary>Answers the <c>history</c> command.</summary>
internal sealed class HistoryHandler(IBroker broker, ChannelDirectory directory, ClientPermissions permissions, IOptions<PushGatewayOptions> options)
{
    private readonly int _maxLimit = options.Value.Connections.MaxHistoryLimit;
    private readonly int _maxBytes = options.Value.Connections.MaxRecoveryBytes;

    public async ValueTask ReadAsync(Connection connection, uint id, HistoryRequest request)
    {
        var (limits, refusal) = await JudgeAsync(connection, request);
        if (refusal is { } why)
        {
            why.Tell(connection, id);
            return;
        }

        await connection.RoomForLargeReplyAsync();
        Result result;
        try
        {
            result = await ReadAsync(request, limits!);
        }
        catch (BrokerUnavailableException)
        {
            result = ErrorResult.Internal;
        }

        connection.SendBeyondLimit(new Reply(id, result));
    }

    // Who may not read it is told nothing, not even whether there is a history.
    private async ValueTask<(HistoryLimits? Limits, Refusal? Refusal)> JudgeAsync(Connection connection, HistoryRequest request)
    {
        if (!ChannelName.TryParse(request.Channel, out var name, out _))
            return (null, ErrorResult.BadRequest);

        if (await permissions.JudgeAsync(ChannelOperation.ReadHistory, connection, name) is { Refusal: { } refusal })
            return (null, refusal);

        var limits = directory.RulesOf(name.Value).History;
        if (limits is null)
            return (null, ErrorResult.NotAvailable);

        return request.Limit < -1 || request.Limit > _maxLimit || request.Since is { Epoch: null or "" } ? (null, ErrorResult.BadRequest) : (limits, null);
    }

    private async ValueTask<Result> ReadAsync(HistoryRequest request, HistoryLimits limits)
    {
        StreamPosition? since = request.Since is { Epoch: { } epoch, Offset: var offset } ? new StreamPosition(offset, epoch) : null;
        var query = new HistoryQuery(request.Limit < 0 ? _maxLimit : request.Limit, since, request.Reverse);
        var page = await broker.ReadHistoryAsync(request.Channel!, query, limits, CancellationToken.None);

        // What has been dropped since is no error, its offsets show it; another epoch, or an offset that there never was, is.
        return since is { } there && (there.Epoch != page.Top.Epoch || (there.Offset > page.Top.Offset && !request.Reverse))
            ? ErrorResult.UnrecoverablePosition
            : new HistoryResult(page.Top, Bounded(page.Publications));
    }

    private IReadOnlyList<Publication> Bounded(IReadOnlyList<Publication> publications)
    {
        long bytes = 0;
        for (var i = 0; i < publications.Count; i++)
            if ((bytes += publications[i].Data.Length) > _maxBytes)
                return [.. publications.Take(i)];

        return publications;
    }
}
