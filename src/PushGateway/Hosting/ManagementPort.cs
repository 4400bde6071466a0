using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Matching;
using Microsoft.Extensions.Options;

namespace PushGateway.Hosting;

/// <summary>
/// Keeps what operators ask apart from what clients and back ends do, where a port is set for it. By the port that a connection came to, which nobody can forge, and not by a header. An endpoint at the
/// wrong port does not exist there: the host may have one of its own.
/// </summary>
internal sealed class ManagementPort(IOptions<PushGatewayOptions> options) : MatcherPolicy, IEndpointSelectorPolicy
{
    private readonly int? _port = options.Value.Management.Port;

    // Before those that answer for what is left, such as the one for methods.
    public override int Order => -1100;

    /// <summary>Serves endpoints there, if there is such a port, and otherwise with all the rest.</summary>
    public TBuilder Keep<TBuilder>(TBuilder endpoints)
        where TBuilder : IEndpointConventionBuilder => Mark(endpoints, management: true);

    /// <summary>Does not serve endpoints there.</summary>
    public TBuilder KeepOut<TBuilder>(TBuilder endpoints)
        where TBuilder : IEndpointConventionBuilder => Mark(endpoints, management: false);

    /// <summary>Whether a request came to this port.</summary>
    public bool IsFor(HttpContext context) => context.Connection.LocalPort == _port;

    public bool AppliesToEndpoints(IReadOnlyList<Endpoint> endpoints)
    {
        for (var i = 0; i < endpoints.Count; i++)
            if (endpoints[i].Metadata.GetMetadata<ServedAt>() is not null)
                return true;
        return false;
    }

    public Task ApplyAsync(HttpContext httpContext, CandidateSet candidates)
    {
        for (var i = 0; i < candidates.Count; i++)
            if (candidates.IsValidCandidate(i) && candidates[i].Endpoint.Metadata.GetMetadata<ServedAt>() is { } place && place.Management != IsFor(httpContext))
                candidates.SetValidity(i, false);
        return Task.CompletedTask;
    }

    private TBuilder Mark<TBuilder>(TBuilder endpoints, bool management)
        where TBuilder : IEndpointConventionBuilder => _port is null ? endpoints : endpoints.WithMetadata(new ServedAt(management));
}
