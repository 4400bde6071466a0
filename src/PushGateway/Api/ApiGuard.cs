using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using PushGateway.Brokers;
using PushGateway.Security;

namespace PushGateway.Api;

/// <summary>What all requests to the API have in common: the method, the key, and failures turned into problems.</summary>
internal sealed partial class ApiGuard(ApiKeys keys, IOptions<PushGatewayOptions> options, ILogger<ApiGuard> logger)
{
    private readonly string _retryAfterSeconds =
        Math.Max(1, (int)Math.Ceiling(options.Value.Api.RetryAfter.TotalSeconds)).ToString(CultureInfo.InvariantCulture);

    /// <summary>Serves what exists under the API's path by nothing else.</summary>
    public Task ServeUnknownAsync(HttpContext context) => ServeAsync(
        context,
        [(context.Request.Method, unknown => Problem.WriteAsync(unknown, StatusCodes.Status404NotFound, ProblemType.NotFound, "There is no such resource."))]);

    /// <summary>Serves an address by the one of its handlers that is for the request's method.</summary>
    public async Task ServeAsync(HttpContext context, (string Method, RequestDelegate Handler)[] handlers)
    {
        if (keys.WhyRefused(context) is { } why)
        {
            context.Response.Headers.WWWAuthenticate = "Bearer";
            await Problem.WriteAsync(context, StatusCodes.Status401Unauthorized, ProblemType.Unauthorized, "A key is needed.", why);
            return;
        }

        if (HandlerOf(context.Request.Method, handlers) is not { } handler)
        {
            await RefuseMethodAsync(context, handlers);
            return;
        }

        try
        {
            await handler(context);
        }
        catch (BrokerUnavailableException unavailable)
        {
            Log.BrokerUnavailable(logger, unavailable.Message);
            context.Response.Headers.RetryAfter = _retryAfterSeconds;
            await Problem.BrokerUnavailable().WriteAsync(context);
        }
        catch (InvalidRequestException invalid)
        {
            await invalid.Problem.WriteAsync(context);
        }
        catch (BadHttpRequestException broken)
        {
            await Problem.Broken(broken).WriteAsync(context);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // Nobody is there to be answered.
        }
#pragma warning disable CA1031 // Whatever it is, it is a defect, and its sender is to have a problem like any other. A connection that broke is Kestrel's to end.
        catch (Exception failure) when (failure is not IOException && !context.Response.HasStarted)
#pragma warning restore CA1031
        {
            Log.RequestFailed(logger, failure);
            await Problem.InternalError().WriteAsync(context);
        }
    }

    private static RequestDelegate? HandlerOf(string method, (string Method, RequestDelegate Handler)[] handlers)
    {
        foreach (var (known, handler) in handlers)
            if (HttpMethods.Equals(known, method))
                return handler;
        return null;
    }

    private static Task RefuseMethodAsync(HttpContext context, (string Method, RequestDelegate Handler)[] handlers)
    {
        var allowed = handlers.Select(known => known.Method).ToArray();
        context.Response.Headers.Allow = string.Join(", ", allowed);
        return Problem.WriteAsync(
            context, StatusCodes.Status405MethodNotAllowed, ProblemType.MethodNotAllowed, "The method is not allowed.", $"Use {string.Join(" or ", allowed)}.");
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "A request failed: {Why}")]
        public static partial void BrokerUnavailable(ILogger logger, string why);

        [LoggerMessage(2, LogLevel.Error, "A request failed by a defect.")]
        public static partial void RequestFailed(ILogger logger, Exception failure);
    }
}
