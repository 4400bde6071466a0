using Microsoft.Extensions.Options;
using PushGateway.Brokers;
using PushGateway.Channels;
using PushGateway.Protocol;

namespace PushGateway.Connections;

/// <summary>Answers the <c>history</c> command.</summary>
internal sealed class HistoryHandler(IBroker broker, ChannelDirectory directory, IOptions<PushGatewayOptions> options)
{
    private readonly int _maxLimit = options.Value.Connections.MaxHistoryLimit;
    private readonly int _maxBytes = options.Value.Connections.MaxRecoveryBytes;

    public async ValueTask ReadAsync(Connection connection, uint id, HistoryRequest request)
    {
        if (Judge(connection, request, out var limits) is { } error)
        {
            connection.Send(new Reply(id, error));
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

    // Who is in a channel may read what was said in it; who is not, learns nothing, not even whether it keeps a history.
    private ErrorResult? Judge(Connection connection, HistoryRequest request, out HistoryLimits? limits)
    {
        limits = null;
        if (!ChannelName.TryParse(request.Channel, out var name, out _))
            return ErrorResult.BadRequest;

        if (!directory.TryGetRules(name, out var rules))
            return ErrorResult.UnknownChannel;

        if (!connection.Subscriptions.Contains(name.Value))
            return ErrorResult.PermissionDenied;

        limits = rules.History;
        if (limits is null)
            return ErrorResult.NotAvailable;

        return request.Limit < -1 || request.Limit > _maxLimit || request.Since is { Epoch: null or "" } ? ErrorResult.BadRequest : null;
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
