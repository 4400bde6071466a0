using System.Globalization;

namespace PushGateway.IntegrationTests.Deploys;

/// <summary>One connection of a client through the balancer, from the balancer's own account.</summary>
/// <param name="Server">The node.</param>
/// <param name="Began">When it was accepted.</param>
/// <param name="Ended">When both sides had closed it.</param>
internal sealed record HaProxySession(string Server, DateTimeOffset Began, DateTimeOffset Ended)
{
    /// <summary>HAProxy's log-format that <see cref="Read"/> reads: backend, server, status, seconds and milliseconds of the accept, milliseconds that it lasted.</summary>
    public const string Format = "\"%b %s %ST %Ts %ms %Tt\"";

    /// <summary>Reads a line of the log; null when it is about something else than a client that was connected.</summary>
    public static HaProxySession? Read(string line)
    {
        if (line.Split(' ') is not ["sockets", var server, "101", var seconds, var milliseconds, var lasted])
            return null;

        var began = DateTimeOffset.FromUnixTimeSeconds(Number(seconds)).AddMilliseconds(Number(milliseconds));
        return new HaProxySession(server, began, began.AddMilliseconds(Number(lasted)));
    }

    private static long Number(string text) => long.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);
}
