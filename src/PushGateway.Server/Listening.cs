using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace PushGateway.Server;

/// <summary>How the server listens.</summary>
internal static class Listening
{
    public static void Configure(KestrelServerOptions kestrel)
    {
        kestrel.AddServerHeader = false;
        // The API reads bodies up to its own limit and answers a larger one with a problem; Kestrel's limit only has to be out of its way.
        kestrel.Limits.MaxRequestBodySize = null;
    }
}
