using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace PushGateway.Hosting;

/// <summary>Serves <c>/health</c>: what balancers and orchestrators ask a node. Not ASP.NET Core's health checks, where a check of the gateway would turn up in the host's own answers.</summary>
internal sealed class HealthEndpoints(NodeState node, Readiness readiness)
{
    // Behind addresses of the host: where it has one of these itself, its own answers, and the request is not ambiguous.
    private const int BehindTheHost = 1;

    private static readonly string[] Methods = [HttpMethods.Get, HttpMethods.Head];

    public void Map(IEndpointRouteBuilder endpoints)
    {
        Serve("/health/live", context => new HealthAnswer("live").WriteAsync(context, healthy: true));
        Serve("/health/ready", ServeReadyAsync);
        Serve("/health/startup", context => new HealthAnswer(node.HasStarted ? "started" : "starting").WriteAsync(context, node.HasStarted));

        // Who probes has neither a key nor a user.
        void Serve(string path, RequestDelegate handler) => endpoints.MapMethods(path, Methods, handler).AllowAnonymous().WithOrder(BehindTheHost);
    }

    private Task ServeReadyAsync(HttpContext context)
    {
        var why = readiness.WhyNot();
        return new HealthAnswer(why is null ? "ready" : "unready", why).WriteAsync(context, why is null);
    }
}
