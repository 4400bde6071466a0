using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using PushGateway.Brokers;
using PushGateway.Notifications;

namespace PushGateway.Api;

/// <summary>Serves <c>POST /v1/notifications</c>.</summary>
internal sealed class NotificationsEndpoint(INotificationPublisher publisher, NotificationRules rules, IOptions<PushGatewayOptions> options)
{
    private const string ReplayedHeader = "Idempotency-Replayed";

    private readonly ApiOptions _limits = options.Value.Api;

    public async Task ServeAsync(HttpContext context)
    {
        try
        {
            using var body = await RequestBody.ReadAsync(context.Request, _limits.MaxBodyBytes);
            var notification = NotificationRequest.Read(body.Bytes, rules, ReadIdempotencyKey(context.Request));

            // Not cancelled when the publisher hangs up: then some channels would have the notification and others not.
            var results = await publisher.PublishAsync(notification, CancellationToken.None);
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
