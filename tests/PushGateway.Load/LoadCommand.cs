using System.Runtime.InteropServices;
using System.Text.Json;

namespace PushGateway.Load;

/// <summary>The load tool as a command: progress goes to standard error, the result to standard output.</summary>
public static class LoadCommand
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    /// <summary>Runs it.</summary>
    /// <returns>0 when all that was published came once and in order, 1 when not, 2 for a command line that makes no sense.</returns>
    public static int Run(IReadOnlyList<string> args)
    {
        if (args is ["--help" or "-h", ..])
        {
            Console.WriteLine(LoadOptions.Help);
            return 0;
        }

        try
        {
            using var ending = new CancellationTokenSource();
            using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, signal =>
            {
                signal.Cancel = true;
                ending.Cancel();
            });
            var options = LoadOptions.Read(args);
            using var run = new LoadRun(options, Console.Error);
            var result = run.Run(ending.Token);
            if (options.JsonFile is { } file)
                File.WriteAllText(file, JsonSerializer.Serialize(result, Json) + "\n");
            Console.Write(result.ToTable());
            return result is { Lost: 0, Duplicates: 0, OutOfOrder: 0, Refused: 0 } ? 0 : 1;
        }
        catch (FormatException wrong)
        {
            Console.Error.WriteLine($"{wrong.Message}\n\n{LoadOptions.Help}");
            return 2;
        }
        catch (Exception failure) when (failure is IOException or OperationCanceledException or InvalidDataException)
        {
            Console.Error.WriteLine(failure.Message);
            return 1;
        }
    }
}
