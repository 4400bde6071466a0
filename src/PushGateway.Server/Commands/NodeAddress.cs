namespace PushGateway.Server.Commands;

/// <summary>Where a node with these settings serves health, as seen from its own machine.</summary>
internal static class NodeAddress
{
    /// <summary>The management port, or else the first address without TLS. Null when there is none.</summary>
    public static Uri? Find(IConfiguration settings)
    {
        if (settings.GetValue<int?>("PushGateway:Management:Port") is { } port)
            return new UriBuilder(Uri.UriSchemeHttp, "127.0.0.1", port).Uri;

        foreach (var address in Listening.Addresses(settings))
            if (BindingAddress.Parse(address) is { Scheme: "http", IsUnixPipe: false, IsNamedPipe: false } bound)
                return new UriBuilder(Uri.UriSchemeHttp, IsAny(bound.Host) ? "127.0.0.1" : bound.Host, bound.Port).Uri;
        return null;
    }

    /// <summary>A host that the node lets requests name; null where it takes any.</summary>
    public static string? HostOf(IConfiguration settings)
    {
        var first = (settings["AllowedHosts"] ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).FirstOrDefault();
        return first is null or "*" ? null : first.Replace("*", "health", StringComparison.Ordinal);
    }

    private static bool IsAny(string host) => host is "*" or "+" or "0.0.0.0" or "[::]";
}
