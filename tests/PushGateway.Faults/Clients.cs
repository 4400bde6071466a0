namespace PushGateway.Faults;

/// <summary>What subscribers run on: Node.js, and a script with its packages.</summary>
public sealed record Clients(string Node, string Script)
{
    private const string Install = "npm ci";

    /// <summary>Finds both.</summary>
    /// <param name="folder">The folder of the script; null for <c>tests/clients</c> of the repository this was built in.</param>
    /// <exception cref="InvalidOperationException">Something is missing; the message says what to install.</exception>
    public static Clients Find(string? folder)
    {
        folder ??= FindFolder(AppContext.BaseDirectory);
        var script = Path.Combine(folder, "witness.mjs");
        if (!File.Exists(script))
            throw new InvalidOperationException($"There is no {script}. Name the folder tests/clients of the repository with --clients.");
        if (!Directory.Exists(Path.Combine(folder, "node_modules", "centrifuge")) || !Directory.Exists(Path.Combine(folder, "node_modules", "ws")))
            throw new InvalidOperationException($"The packages of the subscribers are not installed. Run `{Install}` in {folder}.");

        var names = OperatingSystem.IsWindows() ? "node.exe" : "node";
        var node = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Select(directory => Path.Combine(directory, names))
            .FirstOrDefault(File.Exists);
        return new Clients(node ?? throw new InvalidOperationException("Node.js 18 or later is missing: there is no `node` on the PATH."), script);
    }

    private static string FindFolder(string folder)
    {
        if (File.Exists(Path.Combine(folder, "PushGateway.sln")))
            return Path.Combine(folder, "tests", "clients");

        return FindFolder(Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("This runs outside of the repository. Name its folder tests/clients with --clients."));
    }
}
