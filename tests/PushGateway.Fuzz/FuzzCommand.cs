using System.Diagnostics;
using System.Globalization;
using PushGateway.Tests.Fuzz;

namespace PushGateway.Fuzz;

/// <summary>Looks for inputs that a reader gets wrong, for as long as one likes: <c>docs/testing.md</c>.</summary>
internal static class FuzzCommand
{
    private static readonly TimeSpan BetweenLines = TimeSpan.FromSeconds(10);

    private static string Usage => $"""
        dotnet run -c Release --project tests/PushGateway.Fuzz -- {string.Join('|', Property.All.Select(property => property.Name))} [--minutes 10] [--seed 1]
        dotnet run -c Release --project tests/PushGateway.Fuzz -- frames --input FILE    checks one input
        """;

    /// <returns>The exit code: 0 when nothing was found, 1 when something was, 2 when it was called wrongly.</returns>
    public static int Run(string[] args, TextWriter output, TextWriter error)
    {
        if (args.Length == 0 || Property.All.FirstOrDefault(known => known.Name == args[0]) is not { } property || !TryReadOptions(args, out var minutes, out var seed, out var input))
        {
            error.WriteLine(Usage);
            return 2;
        }

        var samples = Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "corpus", property.Name)).Order(StringComparer.Ordinal).Select(File.ReadAllBytes).ToArray();
        var mutator = new Mutator(seed, samples, property.Telling);
        if (input is not null)
        {
            property.Check(mutator, File.ReadAllBytes(input));
            output.WriteLine("It holds.");
            return 0;
        }

        return Run(property, mutator, seed, TimeSpan.FromMinutes(minutes), output, error);
    }

    private static int Run(Property property, Mutator mutator, int seed, TimeSpan most, TextWriter output, TextWriter error)
    {
        var clock = Stopwatch.StartNew();
        var told = TimeSpan.Zero;
        for (long count = 1; clock.Elapsed < most; count++)
        {
            var input = mutator.Next();
            try
            {
                property.Check(mutator, (byte[])input.Clone());
            }
#pragma warning disable CA1031 // Whatever it is, it is what was looked for.
            catch (Exception failure)
#pragma warning restore CA1031
            {
                var file = $"fuzz-{property.Name}-{seed}-{count}.bin";
                File.WriteAllBytes(file, input);
                error.WriteLine($"Input {count} of seed {seed}, kept in {file}: {failure}");
                return 1;
            }

            if (clock.Elapsed - told < BetweenLines)
                continue;

            told = clock.Elapsed;
            output.WriteLine($"{told:hh\\:mm\\:ss}  {count:N0} inputs, {property.Accepted:N0} accepted");
        }

        output.WriteLine($"Seed {seed}: nothing was found.");
        return 0;
    }

    private static bool TryReadOptions(string[] args, out double minutes, out int seed, out string? input)
    {
        (minutes, seed, input) = (1, Random.Shared.Next(), null);
        for (var i = 1; i < args.Length; i += 2)
        {
            var value = i + 1 < args.Length ? args[i + 1] : "";
            switch (args[i])
            {
                case "--minutes" when double.TryParse(value, CultureInfo.InvariantCulture, out minutes) && minutes > 0: break;
                case "--seed" when int.TryParse(value, CultureInfo.InvariantCulture, out seed): break;
                case "--input" when File.Exists(value): input = value; break;
                default: return false;
            }
        }

        return true;
    }
}
