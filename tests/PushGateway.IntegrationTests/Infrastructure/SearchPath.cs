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
}
