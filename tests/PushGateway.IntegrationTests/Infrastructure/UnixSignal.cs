using System.Diagnostics;
using System.Globalization;

namespace PushGateway.IntegrationTests.Infrastructure;

/// <summary>Signals to other processes, for which .NET has no call.</summary>
internal static class UnixSignal
{
    /// <param name="process">The process.</param>
    /// <param name="signal">Its name: TERM, STOP, CONT.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public static async Task SendAsync(int process, string signal, CancellationToken cancellationToken)
    {
        using var kill = Process.Start("kill", [$"-{signal}", process.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync(cancellationToken);
        if (kill.ExitCode != 0)
            throw new InvalidOperationException($"kill -{signal} {process} failed.");
    }
}
