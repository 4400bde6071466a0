using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using PushGateway.Notifications;
using PushGateway.Security;

namespace PushGateway.Api.Batch;

/// <summary>Serves <c>POST /v1/notifications:batch</c>.</summary>
internal sealed class BatchEndpoint(INotificationPublisher publisher, NotificationRules rules, Audit audit, IOptions<PushGatewayOptions> options, ILogger<NotificationBatch> logger)
{
    public const string Route = "/v1/notifications:batch";

    // There is no registered type for JSON lines; these two are in use.
    private const string NewlineDelimited = "application/x-ndjson", JsonLines = "application/jsonl";

    private readonly ApiOptions _limits = options.Value.Api;

    public Task ServeAsync(HttpContext context)
    {
        MediaType.Check(context.Request, NewlineDelimited, JsonLines);
        if (context.Request.Headers.ContainsKey(NotificationRules.IdempotencyKeyField))
            throw new InvalidRequestException(NotificationRules.IdempotencyKeyField, "is for one notification: put an idempotencyKey into each line of a batch");

        if (context.Request.ContentLength > _limits.MaxBatchBytes)
            throw new InvalidRequestException(Problem.Invalid("body", $"is larger than {_limits.MaxBatchBytes} bytes", tooLarge: true));

        var permit = new PublishPermit(ApiCaller.Of(context), publisher, audit);
        if (permit.Limit is { } limit)
            RateLimit.Describe(context.Response, limit);
        context.Response.ContentType = $"{NewlineDelimited}; charset=utf-8";
        context.Response.Headers.XContentTypeOptions = "nosniff";
        context.Response.Headers.CacheControl = "no-store";
        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        var lines = new BatchReader(context.Request.BodyReader, _limits);
        return new NotificationBatch(lines, new BatchAnswers(context.Response.BodyWriter), permit, rules, audit, _limits, logger).RunAsync();
    }
}
