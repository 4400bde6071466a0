using System.Globalization;
using System.Net;

namespace PushGateway.Load;

/// <summary>What a run does. See <see cref="Help"/>.</summary>
internal sealed record LoadOptions
{
    public const string Help =
        """
        Connects clients to a gateway, publishes, and tells what came, when, and what it cost. Linux only.

          load --url ws://HOST:PORT[,ws://…] --key KEY [options]

          --url URL[,URL…]       nodes, which clients and publishers take by turns; ws: only. Default ws://127.0.0.1:8080
          --key KEY              an API key of the gateway
          --connections N        how many clients. Default 1000
          --channels C           how many channels they share; client i subscribes to channel i mod C. Default 1
          --users N              N clients with a channel of their own each, in place of the two above
          --rate R               publish R times a second, whatever comes of it; latency counts from the moment a publication was due
          --flat-out K           publish whenever fewer than K publications are under way, in place of --rate
                                 Without either the clients are idle, and only cost
          --seconds S            how long it is measured. Default 10
          --warm-up S            how long it is published before. Default 3
          --settle S             how long nothing is done behind the last connect. Default 1
          --payload-bytes B      length of what is published, 36 to 60000. Default 256
          --publishers P         connections that publish. Default 4, or K if that is more
          --connecting K         connects under way at once. Default 64
          --source ADDRESS       where clients come from, such as 127.0.0.2: 20,000 for each node, the next from the next address
          --prefix NAME          what channels' names begin with. Default load
          --pid P[,P…]           processes of the gateway on this machine: their CPU time and memory
          --json FILE            writes the result to a file as well

        A client is one of the files that a process may have open: `ulimit -n`. What is published goes to a channel at random.
        """;

    public IReadOnlyList<Node> Nodes { get; private init; } = [];

    public string Key { get; private init; } = "";

    public int Connections { get; private init; } = 1000;

    public int Channels { get; private init; } = 1;

    /// <summary>Publications a second; 0 for none at a rate.</summary>
    public double Rate { get; private init; }

    /// <summary>Publications under way at once; 0 for none flat out.</summary>
    public int FlatOut { get; private init; }

    public TimeSpan Time { get; private init; } = TimeSpan.FromSeconds(10);

    public TimeSpan WarmUp { get; private init; } = TimeSpan.FromSeconds(3);

    public TimeSpan Settle { get; private init; } = TimeSpan.FromSeconds(1);

    public int PayloadBytes { get; private init; } = 256;

    public int Publishers { get; private init; }

    public int Connecting { get; private init; } = 64;

    public IPAddress? Source { get; private init; }

    public string Prefix { get; private init; } = "load";

    public IReadOnlyList<int> Processes { get; private init; } = [];

    public string? JsonFile { get; private init; }

    public bool Publishes => Rate > 0 || FlatOut > 0;

    /// <summary>Reads a command line.</summary>
    /// <exception cref="FormatException">It makes no sense.</exception>
    public static LoadOptions Read(IReadOnlyList<string> words)
    {
        var options = new LoadOptions();
        for (var i = 0; i < words.Count; i += 2)
            options = options.With(words[i], i + 1 < words.Count ? words[i + 1] : throw new FormatException($"{words[i]} has no value."));

        return options.Completed();
    }

    private LoadOptions With(string name, string value) => name switch
    {
        "--url" => this with { Nodes = [.. value.Split(',').Select(Node.Find)] },
        "--key" => this with { Key = value },
        "--connections" => this with { Connections = Number(name, value, 1, 1_000_000) },
        "--channels" => this with { Channels = Number(name, value, 1, 1_000_000) },
        "--users" => this with { Connections = Number(name, value, 1, 1_000_000), Channels = Number(name, value, 1, 1_000_000) },
        "--rate" => this with { Rate = Decimal(name, value) },
        "--flat-out" => this with { FlatOut = Number(name, value, 1, 100_000) },
        "--seconds" => this with { Time = TimeSpan.FromSeconds(Decimal(name, value)) },
        "--warm-up" => this with { WarmUp = TimeSpan.FromSeconds(Decimal(name, value)) },
        "--settle" => this with { Settle = TimeSpan.FromSeconds(Decimal(name, value)) },
        "--payload-bytes" => this with { PayloadBytes = Number(name, value, Marker.Length, 60_000) },
        "--publishers" => this with { Publishers = Number(name, value, 1, 1000) },
        "--connecting" => this with { Connecting = Number(name, value, 1, 10_000) },
        "--source" => this with { Source = IPAddress.TryParse(value, out var source) ? source : throw new FormatException($"{name}: not an address: {value}") },
        "--prefix" => this with { Prefix = value },
        "--pid" => this with { Processes = [.. value.Split(',').Select(each => Number(name, each, 1, int.MaxValue))] },
        "--json" => this with { JsonFile = value },
        _ => throw new FormatException($"There is no option {name}."),
    };

    private LoadOptions Completed()
    {
        if (Rate > 0 && FlatOut > 0)
            throw new FormatException("Either --rate or --flat-out.");

        return this with
        {
            Nodes = Nodes.Count > 0 ? Nodes : [Node.Find("ws://127.0.0.1:8080")],
            Channels = Math.Min(Channels, Connections),
            Publishers = Publishers > 0 ? Publishers : Math.Clamp(FlatOut, 4, 256),
        };
    }

    private static int Number(string name, string value, int least, int most) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
            ? number
            : throw new FormatException($"{name}: a whole number from {least} to {most}, not {value}.");

    private static double Decimal(string name, string value) =>
        double.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) && number <= 1_000_000
            ? number
            : throw new FormatException($"{name}: a number from 0 to 1000000, not {value}.");
}
