using System.CommandLine;

namespace PushGateway.Server.Commands;

/// <summary>What the program does beside serving: it makes keys, makes and checks tokens, asks a node how it is, and checks a gateway as a client of it.</summary>
internal static class CommandLine
{
    // What the host itself takes from the command line, in two words or in one.
    private static readonly string[] HostSettings = ["--environment", "--contentRoot", "--applicationName"];

    /// <summary>Whether the program was started for a command. Any other start is the server's, and does without all that is here.</summary>
    public static bool IsCommand(string[] args) => args is ["check" or "health" or "keys" or "tokens", ..];

    /// <summary>Carries out a command. Settings such as <c>--PushGateway:Security:Tokens:Issuer=me</c> may stand anywhere in it.</summary>
    /// <returns>The exit code: 0 when it did what it says, 1 when not.</returns>
    public static Task<int> RunAsync(string[] args, TextReader input, TextWriter output, TextWriter error)
    {
        var (words, settings) = Split(args);
        var root = new RootCommand("A server that pushes notifications. Without a command it serves; see docs/configuration.md for its settings, which the commands take too, from the same places.")
        {
            AskHealth.Command(settings, output, error),
            new Command("keys", "Keys with which back ends use the API.") { NewKey.Command(output) },
            new Command("tokens", "Tokens with which clients connect and subscribe.") { NewToken.Command(settings, output, error), CheckToken.Command(settings, input, output) },
            CheckGateway.Command(settings, output, error),
        };
        return root.Parse(words).InvokeAsync(new InvocationConfiguration { Output = output, Error = error });
    }

    private static (List<string> Words, string[] Settings) Split(string[] args)
    {
        List<string> words = [], settings = [];
        for (var i = 0; i < args.Length; i++)
        {
            if (!IsSetting(args[i]))
            {
                words.Add(args[i]);
                continue;
            }

            settings.Add(args[i]);
            if (!args[i].Contains('=', StringComparison.Ordinal) && i + 1 < args.Length)
                settings.Add(args[++i]);
        }

        return (words, [.. settings]);
    }

    private static bool IsSetting(string word)
    {
        var name = word.Split('=')[0];
        return name.StartsWith($"--{PushGatewayOptions.Section}:", StringComparison.OrdinalIgnoreCase) || HostSettings.Contains(name, StringComparer.OrdinalIgnoreCase);
    }
}
