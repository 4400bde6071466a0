namespace PushGateway.IntegrationTests.Infrastructure;

/// <summary>Programs of this machine.</summary>
internal static class SearchPath
{
    /// <summary>Where a program is; null when it is not installed.</summary>
    public static string? Find(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Select(directory => Path.Combine(directory, program))
            .FirstOrDefault(File.Exists);

    /// <summary>Where a program is that a test cannot do without.</summary>
    /// <param name="program">Its name, which is that of Debian's package as well.</param>
    /// <exception cref="InvalidOperationException">It is not installed; the message says how to.</exception>
    public static string Demand(string program) => Find(program) ?? throw new InvalidOperationException(
        $"This test needs {program}, which is not on the PATH. Install it with `sudo apt-get install --no-install-recommends {program}`; ./test.sh sets it up.");
}
