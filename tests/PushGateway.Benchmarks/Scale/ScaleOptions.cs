using System.Globalization;

namespace PushGateway.Benchmarks.Scale;

/// <summary>What the experiment with many connections does. See <see cref="Help"/>.</summary>
internal sealed record ScaleOptions(string Redis)
{
    public const string Help =
        """
        Starts nodes on one Redis, connects clients in steps, and tells what memory, rest and publications cost at each. All on this machine. Linux only.

          scale --redis HOST:PORT [options]

          --redis HOST:PORT      a Redis with nothing else to do
          --nodes N              how many nodes in the steps. Default 4
          --steps N[,N…]         how many connections in all. Default 1000,4000,19000,38000,57000,76000; a process has 19,000 at most
          --node-counts N[,N…]   numbers of nodes with the same connections, for the load on Redis. Default 1,2,4
          --same N               how many connections these have. Default 8000
          --rest S               how long costs at rest are measured, 25 s or more for each client to be pinged. Default 50
          --json FILE            writes the result to a file as well, for bench/report.py

        Each client is subscribed to a channel of its own and to one that all have.
        """;

    public int Nodes { get; private init; } = 4;

    public IReadOnlyList<int> Steps { get; private init; } = [1_000, 4_000, 19_000, 38_000, 57_000, 76_000];

    public IReadOnlyList<int> NodeCounts { get; private init; } = [1, 2, 4];

    public int Same { get; private init; } = 8_000;

    public TimeSpan Rest { get; private init; } = TimeSpan.FromSeconds(50);

    public string? JsonFile { get; private init; }

    /// <exception cref="FormatException">It makes no sense.</exception>
    public static ScaleOptions Read(string[] words)
    {
        var options = new ScaleOptions("");
        for (var i = 0; i < words.Length; i += 2)
            options = options.With(words[i], i + 1 < words.Length ? words[i + 1] : throw new FormatException($"{words[i]} has no value."));
        if (options.Redis.Length == 0)
            throw new FormatException("Say which Redis to use, with nothing else to do.");
        if (options.Steps.Any(step => step > options.Nodes * Crowd.MaxClients) || options.NodeCounts.Any(count => options.Same > count * Crowd.MaxClients))
            throw new FormatException($"A process has {Crowd.MaxClients} connections at most.");

        return options;
    }

    private ScaleOptions With(string name, string value) => name switch
    {
        "--redis" => this with { Redis = value },
        "--nodes" => this with { Nodes = Number(name, value) },
        "--steps" => this with { Steps = [.. value.Split(',').Select(each => Number(name, each)).Order()] },
        "--node-counts" => this with { NodeCounts = [.. value.Split(',').Select(each => Number(name, each))] },
        "--same" => this with { Same = Number(name, value) },
        "--rest" => this with { Rest = TimeSpan.FromSeconds(Number(name, value)) },
        "--json" => this with { JsonFile = value },
        _ => throw new FormatException($"There is no option {name}."),
    };

    private static int Number(string name, string value) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is > 0 and <= 1_000_000
            ? number
            : throw new FormatException($"{name}: a whole number from 1 to 1000000, not {value}.");
}
