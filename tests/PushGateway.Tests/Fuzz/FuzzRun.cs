using System.Diagnostics;
using System.Globalization;

namespace PushGateway.Tests.Fuzz;

/// <summary>
/// One run over mutated inputs, bounded in time. Its seed is new each time; a failure prints it, and <c>PUSHGATEWAY_TEST_SEED</c> brings it back. <c>PUSHGATEWAY_FUZZ_SECONDS</c> makes it last longer.
/// </summary>
internal static class FuzzRun
{
    // Together the fuzz tests of a run stay within seconds.
    private const int Seconds = 3;

    /// <summary>Reads what is right from a folder of <c>Fuzz/corpus</c>, one sample a file, in the order of their names.</summary>
    public static byte[][] Corpus(string folder) =>
        [.. Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "Fuzz", "corpus", folder)).Order(StringComparer.Ordinal).Select(File.ReadAllBytes)];

    /// <summary>Checks one input after the other until the time is over.</summary>
    /// <param name="samples">What is mutated.</param>
    /// <param name="telling">As in <see cref="Mutator"/>.</param>
    /// <param name="check">Throws when something is wrong.</param>
    /// <returns>How many inputs were checked.</returns>
    public static int Over(IReadOnlyList<byte[]> samples, ReadOnlyMemory<byte> telling, Action<Mutator, byte[]> check)
    {
        var seed = Setting("PUSHGATEWAY_TEST_SEED") ?? Random.Shared.Next();
        var most = TimeSpan.FromSeconds(Setting("PUSHGATEWAY_FUZZ_SECONDS") ?? Seconds);
        var mutator = new Mutator(seed, samples, telling);
        var clock = Stopwatch.StartNew();
        var count = 0;
        for (; clock.Elapsed < most; count++)
        {
            var input = mutator.Next();
            try
            {
                check(mutator, input);
            }
            catch (Exception failure)
            {
                throw new InvalidOperationException($"Seed {seed}, input {count}: {Convert.ToHexString(input)}", failure);
            }
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"Seed {seed}: {count} inputs.");
        return count;
    }

    private static int? Setting(string name) => int.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out var given) ? given : null;
}
