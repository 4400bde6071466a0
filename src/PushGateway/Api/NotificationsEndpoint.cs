using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using PushGateway.Brokers;
using PushGateway.Notifications;
using PushGateway.Security;

namespace PushGateway.Api;

/// <summary>Serves <c>POST /v1/notifications</c>.</summary>
internal sealed class NotificationsEndpoint(INotificationPublisher publisher, NotificationRules rules, Audit audit, IOptions<PushGatewayOptions> options)
{
    public const string ReplayedHeader = "Idempotency-Replayed";

    private readonly ApiOptions _limits = options.Value.Api;

    public async Task ServeAsync(HttpContext context)
    {
        var permit = new PublishPermit(ApiCaller.Of(context), publisher, audit);
        var limited = permit.WhyLimited();
        if (permit.Limit is { } limit)
            RateLimit.Describe(context.Response, limit, isReached: limited is not null);
        if (limited is not null)
        {
            await limited.WriteAsync(context);
            return;
        }

        try
        {
            using var body = await RequestBody.ReadAsync(context.Request, _limits.MaxBodyBytes);
            var notification = NotificationRequest.Read(body.Bytes, rules, ReadIdempotencyKey(context.Request));
            if (permit.WhyRefused(notification) is { } refusal)
                throw new RefusedException(refusal);

            var results = await permit.PublishAsync(notification);
            if (PublishAnswer.IsReplayed(results))
                context.Response.Headers[ReplayedHeader] = "true";
            await Answer.WriteAsync(context.Response, results);
        }
        catch (InvalidNotificationException invalid)
        {
            await Problem.Invalid(invalid.Field, invalid.Why, invalid.IsTooLarge).WriteAsync(context);
        }
        catch (IdempotencyConflictException)
        {
            await Problem.IdempotencyConflict().WriteAsync(context);
        }
    }

    private static string? ReadIdempotencyKey(HttpRequest request)
    {
        if (!request.Headers.TryGetValue(NotificationRules.IdempotencyKeyField, out var keys))
            return null;

        if (keys.Count != 1)
            throw new InvalidNotificationException(NotificationRules.IdempotencyKeyField, "must be sent once");

        NotificationRules.CheckIdempotencyKey(keys[0] ?? "");
        return keys[0];
    }
}
