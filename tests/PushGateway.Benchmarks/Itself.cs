using System.Diagnostics;

namespace PushGateway.Benchmarks;

/// <summary>This program, once more in a process of its own, so that what is measured shares memory and CPU time with nothing else.</summary>
internal static class Itself
{
    /// <summary>Starts it with a command. It takes orders by standard input and answers by standard output, line by line.</summary>
    public static Process Start(params string[] command) => Process.Start(new ProcessStartInfo(Environment.ProcessPath!, [.. Assembly(), .. command])
    {
        RedirectStandardInput = true,
        RedirectStandardOutput = true,
    })!;

    // Started by `dotnet X.dll`, the process path is dotnet's own.
    private static string[] Assembly() => Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? [typeof(Itself).Assembly.Location] : [];
}
