using System.Runtime.InteropServices;

namespace PushGateway.Server;

/// <summary>
/// The limit of open files, of which each client is one. A process begins with the soft limit, which is 1,024 nearly everywhere, and may raise it to the hard one. .NET's runtime does so at its start; a
/// native program has to do it itself.
/// </summary>
internal static partial class OpenFiles
{
    // RLIMIT_NOFILE of Linux; other systems have other numbers.
    private const int OpenFilesLimit = 7;

    /// <summary>Raises the soft limit to the hard one. Where that is refused, the limit stays as it was.</summary>
    public static void RaiseLimit()
    {
        if (!OperatingSystem.IsLinux() || GetLimit(OpenFilesLimit, out var limit) != 0 || limit.Soft >= limit.Hard)
            return;

        limit.Soft = limit.Hard;
        _ = SetLimit(OpenFilesLimit, limit);
    }

    [LibraryImport("libc", EntryPoint = "getrlimit")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int GetLimit(int resource, out Limit limit);

    [LibraryImport("libc", EntryPoint = "setrlimit")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SetLimit(int resource, in Limit limit);

    private struct Limit
    {
        public nuint Soft;
        public nuint Hard;
    }
}
