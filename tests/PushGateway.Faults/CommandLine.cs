using System.Globalization;

namespace PushGateway.Faults;

/// <summary>What the command was called with.</summary>
/// <param name="Trial">Who publishes what to whom.</param>
/// <param name="Duration">For how long.</param>
public sealed record CommandLine(TrialOptions Trial, TimeSpan Duration)
{
    /// <summary>What the command says when asked for help.</summary>
    public const string Help =
        """
        Publishes numbered notifications to a running gateway, subscribes to them with the official JavaScript SDK, and keeps account of
        what is lost, duplicated or out of order. It breaks nothing by itself: kill nodes, restart Redis, cut cables while it runs.

        Usage: dotnet run --project tests/PushGateway.Faults -c Release -- --node URL [--node URL ...] [options]

          --node URL              a node, or a balancer in front of several; may be given more than once
          --key KEY               a key of the API
          --namespace NAME        the namespace of the channels; default: channels without a namespace
          --channels N            how many channels, 1 to 1000; default 20
          --subscribers N         how many subscribers, each a process and each to all channels, 1 to 100; default 4
          --rate N                notifications a second over all channels, 0.1 to 10000; default 50
          --padding N             characters added to each notification, 0 to 60000; default 0
          --duration HH:MM:SS     how long to publish; default 00:01:00
          --attempt-timeout HH:MM:SS
                                  how long one attempt to publish may take; default 00:00:05
          --no-retries            publish each notification once, without an idempotency key: what is not answered may be lost
          --clients FOLDER        the folder tests/clients of the repository, with its packages installed (npm ci)
          --help                  this text

        Without --no-retries each notification is sent with an Idempotency-Key until it is acknowledged, for at most four minutes.
        The nodes must let anonymous clients subscribe to the channels, and the namespace must keep a history (HistorySize) of at least
        what is published to one channel while a subscriber is away. Ctrl+C ends early, with the account.

        Exit codes: 0 the promise was kept, 1 it was broken, 2 there is no verdict.
        """;

    /// <summary>Reads the arguments; null when help was asked for.</summary>
    /// <exception cref="FormatException">An argument is wrong; the message says which.</exception>
    public static CommandLine? Parse(IReadOnlyList<string> arguments)
    {
        var nodes = new List<Uri>();
        var trial = new TrialOptions { Nodes = nodes, Channels = 20, Subscribers = 4, Rate = 50 };
        var duration = TimeSpan.FromMinutes(1);
        for (var i = 0; i < arguments.Count; i++)
        {
            var name = arguments[i];
            if (name is "--help" or "-h")
                return null;
            if (name is "--no-retries")
            {
                trial = trial with { Retries = false };
                continue;
            }

            var value = ++i < arguments.Count ? arguments[i] : throw new FormatException($"{name} needs a value, or is not an option.");
            switch (name)
            {
                case "--node": nodes.Add(Node(value)); break;
                case "--key": trial = trial with { Key = value }; break;
                case "--namespace": trial = trial with { Namespace = value }; break;
                case "--channels": trial = trial with { Channels = (int)Number(name, value, 1, 1000) }; break;
                case "--subscribers": trial = trial with { Subscribers = (int)Number(name, value, 1, 100) }; break;
                case "--rate": trial = trial with { Rate = Number(name, value, 0.1, 10_000) }; break;
                case "--padding": trial = trial with { Padding = (int)Number(name, value, 0, 60_000) }; break;
                case "--duration": duration = Time(name, value); break;
                case "--attempt-timeout": trial = trial with { AttemptTimeout = Time(name, value) }; break;
                case "--clients": trial = trial with { Clients = Path.GetFullPath(value) }; break;
                default: throw new FormatException($"There is no option {name}.");
            }
        }

        return nodes.Count > 0 ? new CommandLine(trial, duration) : throw new FormatException("Name at least one node with --node.");
    }

    // With a slash at the end, so that a node behind a path keeps it.
    private static Uri Node(string value) =>
        Uri.TryCreate(value.TrimEnd('/') + "/", UriKind.Absolute, out var node) && node.Scheme is "http" or "https"
            ? node
            : throw new FormatException($"--node must be an address such as http://gateway:8080, not {value}.");

    private static double Number(string name, string value, double least, double most) =>
        double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
            ? number
            : throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"{name} must be a number from {least} to {most}, not {value}."));

    private static TimeSpan Time(string name, string value) =>
        TimeSpan.TryParseExact(value, "c", CultureInfo.InvariantCulture, out var time) && time > TimeSpan.Zero && value.Contains(':', StringComparison.Ordinal)
            ? time
            : throw new FormatException($"{name} must be a time such as 00:05:00, not {value}.");
}
