using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using PushGateway.Brokers;
using PushGateway.Security;

namespace PushGateway.Api;

/// <summary>What all requests to the API have in common: who may ask, the method, and failures turned into problems.</summary>
internal sealed partial class ApiGuard(ApiKeys keys, ApiOrigins origins, Audit audit, IOptions<PushGatewayOptions> options, ILogger<ApiGuard> logger)
{
    private readonly string _retryAfterSeconds =
        Math.Max(1, (int)Math.Ceiling(options.Value.Api.RetryAfter.TotalSeconds)).ToString(CultureInfo.InvariantCulture);

    /// <summary>Serves what exists under the API's path by nothing else. Only who has a key learns that.</summary>
    public Task ServeUnknownAsync(HttpContext context) => ServeAsync(context, [new ApiOperation(
        context.Request.Method, ApiScopes.None, ApiReach.Channels, unknown => Problem.WriteAsync(unknown, StatusCodes.Status404NotFound, ProblemType.NotFound, "There is no such resource."))]);

    /// <summary>Serves an address by the one of its operations that is for the request's method.</summary>
    public async Task ServeAsync(HttpContext context, ApiOperation[] operations)
    {
        if (origins.Answer(context))
            return;

        if (!keys.TryFind(context, out var caller, out var refusal))
        {
            await RefuseAsync(context, refusal);
            return;
        }

        if (OperationFor(context.Request.Method, operations) is not { } operation)
        {
            await RefuseMethodAsync(context, operations);
            return;
        }

        if (WhyRefused(caller, operation) is { } why)
        {
            await RefuseAsync(context, why);
            return;
        }

        context.Features.Set(caller);
        try
        {
            await operation.Handler(context);
        }
        catch (BrokerUnavailableException unavailable)
        {
            Log.BrokerUnavailable(logger, unavailable.Message);
            context.Response.Headers.RetryAfter = _retryAfterSeconds;
            await Problem.BrokerUnavailable().WriteAsync(context);
        }
        catch (RefusedException refused)
        {
            await RefuseAsync(context, refused.Refusal);
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

    private static ApiOperation? OperationFor(string method, ApiOperation[] operations)
    {
        foreach (var operation in operations)
            if (HttpMethods.Equals(operation.Method, method))
                return operation;
        return null;
    }

    private static ApiRefusal? WhyRefused(ApiCaller caller, ApiOperation operation) =>
        !caller.Has(operation.Scope) ? ApiRefusal.WithoutScope(caller, operation.Scope)
        : !caller.Reaches(operation.Reach) ? ApiRefusal.BeyondNamespaces(caller, operation.Reach)
        : null;

    private Task RefuseAsync(HttpContext context, ApiRefusal refusal)
    {
        audit.Refused(context, refusal);
        if (refusal.Challenge is { } challenge)
            context.Response.Headers.WWWAuthenticate = challenge;
        return refusal.Problem.WriteAsync(context);
    }

    private static Task RefuseMethodAsync(HttpContext context, ApiOperation[] operations)
    {
        var allowed = operations.Select(operation => operation.Method).ToArray();
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
