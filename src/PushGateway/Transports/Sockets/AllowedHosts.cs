using System.Text;
using Microsoft.AspNetCore.HostFiltering;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

namespace PushGateway.Transports.Sockets;

/// <summary>The hosts that requests may name (<c>AllowedHosts</c>), as ASP.NET Core's host filtering has them. They may change while the server runs.</summary>
internal sealed class AllowedHosts : IDisposable
{
    private readonly IDisposable? _changes;
    private volatile StringSegment[] _hosts;

    public AllowedHosts(IOptionsMonitor<HostFilteringOptions> options)
    {
        _hosts = Read(options.CurrentValue);
        _changes = options.OnChange(changed => _hosts = Read(changed));
    }

    /// <summary>Whether a request is let through. Where this says no, the server's own filter has the last word.</summary>
    /// <param name="host">The value of the header: a name or an address, and a port where there is one.</param>
    public bool Match(ReadOnlySpan<byte> host)
    {
        var hosts = _hosts;
        return hosts.Length == 0 || HostString.MatchesAny(new HostString(Encoding.ASCII.GetString(host)).Host, hosts);
    }

    public void Dispose() => _changes?.Dispose();

    // None stand for all, as in the filter.
    private static StringSegment[] Read(HostFilteringOptions options) =>
        options.AllowedHosts.Any(host => host is "*" or "[::]" or "0.0.0.0") ? [] : [.. options.AllowedHosts.Select(host => new StringSegment(host))];
}
