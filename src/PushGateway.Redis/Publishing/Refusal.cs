using System.Text;

namespace PushGateway.Redis.Publishing;

/// <summary>What an error of Redis means for a publication.</summary>
internal static class Refusal
{
    // What Redis says before it begins with a command or a script. It is what StackExchange.Redis can help with: it follows redirections, sends scripts, and may know another primary.
    private static readonly string[] NotDone = ["NOSCRIPT", "MOVED", "ASK", "TRYAGAIN", "CLUSTERDOWN", "LOADING", "BUSY", "READONLY", "MASTERDOWN", "NOAUTH"];

    // What no later command on the same connection will be spared.
    private static readonly string[] OfServer = ["READONLY", "MASTERDOWN", "NOAUTH"];

    // What tells that the topology has changed.
    private static readonly string[] OfTopology = ["MOVED", "CLUSTERDOWN"];

    /// <summary>What becomes of the command. All that is not known is told to the publisher, not tried again.</summary>
    public static PublishFate FateOf(ReadOnlySpan<byte> error) => Is(error, NotDone) ? PublishFate.NotDone : PublishFate.Refused;

    /// <summary>Whether nothing more is to be sent to this server.</summary>
    public static bool IsOfServer(ReadOnlySpan<byte> error) => Is(error, OfServer);

    /// <summary>Whether the topology should be read again.</summary>
    public static bool IsOfTopology(ReadOnlySpan<byte> error) => Is(error, OfTopology);

    private static bool Is(ReadOnlySpan<byte> error, string[] codes)
    {
        var end = error.IndexOf((byte)' ');
        var code = end < 0 ? error : error[..end];
        foreach (var known in codes)
            if (Ascii.Equals(code, known))
                return true;
        return false;
    }
}
