using System.Text;
using Microsoft.AspNetCore.Http;
using PushGateway.Security.Callbacks;
using PushGateway.Transports.Sockets;

namespace PushGateway.Transports;

/// <summary>Picks out of a handshake the headers that the callback gets to see. One that came several times is there as often. What they are long together is limited as the request is.</summary>
internal sealed class WantedHeaders
{
    private readonly (string Name, byte[] Bytes)[] _names;

    public WantedHeaders(ConnectCallback callback)
        : this(callback.IsEnabled ? callback.Headers : [])
    {
    }

    internal WantedHeaders(IEnumerable<string> names) => _names = [.. names.Select(name => (name, Encoding.ASCII.GetBytes(name)))];

    /// <summary>Those of a request; null when there are none, or none is wanted.</summary>
    public IReadOnlyList<KeyValuePair<string, string>>? Of(IHeaderDictionary headers)
    {
        List<KeyValuePair<string, string>>? found = null;
        foreach (var (name, _) in _names)
            foreach (var value in headers[name])
                (found ??= []).Add(new(name, value ?? ""));
        return found;
    }

    /// <inheritdoc cref="Of(IHeaderDictionary)"/>
    public IReadOnlyList<KeyValuePair<string, string>>? Of(in UpgradeRequest request)
    {
        List<KeyValuePair<string, string>>? found = null;
        foreach (var (name, bytes) in _names)
            for (var skip = 0; request.TryGetHeader(bytes, skip, out var value); skip++)
                (found ??= []).Add(new(name, Encoding.ASCII.GetString(value)));
        return found;
    }
}
