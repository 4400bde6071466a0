namespace PushGateway.Faults;

/// <summary>The command: runs a trial against a deployment and says how it goes.</summary>
public static class Command
{
    private const int Kept = 0, Broken = 1, NoVerdict = 2;
    private static readonly TimeSpan ReportInterval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(1);

    /// <summary>Runs it and returns the exit code.</summary>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, TextWriter output, TextWriter errors)
    {
        using var interrupt = new CancellationTokenSource();
        void Interrupt(object? sender, ConsoleCancelEventArgs key)
        {
            key.Cancel = !interrupt.IsCancellationRequested; // A second time ends at once.
            interrupt.Cancel();
        }

        Console.CancelKeyPress += Interrupt;
        try
        {
            if (CommandLine.Parse(arguments) is { } line)
                return await RunAsync(line, output, interrupt.Token);
            await output.WriteLineAsync(CommandLine.Help);
            return Kept;
        }
        catch (FormatException e)
        {
            await errors.WriteLineAsync($"{e.Message} See --help.");
            return NoVerdict;
        }
        catch (InvalidOperationException e)
        {
            await errors.WriteLineAsync(e.Message);
            return NoVerdict;
        }
        catch (OperationCanceledException)
        {
            await errors.WriteLineAsync("No verdict: the subscribers did not come to be subscribed to all channels.");
            return NoVerdict;
        }
        finally
        {
            Console.CancelKeyPress -= Interrupt;
        }
    }

    private static async Task<int> RunAsync(CommandLine line, TextWriter output, CancellationToken interrupt)
    {
        var time = line.Trial.Time;
        await output.WriteLineAsync($"Subscribing {line.Trial.Subscribers} times to {line.Trial.Channels} channels at {line.Trial.Nodes.Count} addresses.");
        await using var trial = await StartAsync(line.Trial, interrupt);
        if (trial.Subscribers.Any(subscriber => subscriber.Events.Unrecoverable > 0))
            await output.WriteLineAsync("These channels keep no history: what is published while a subscriber is away will be lost.");

        var begun = time.GetTimestamp();
        while (!interrupt.IsCancellationRequested && time.GetElapsedTime(begun) is var elapsed && elapsed < line.Duration)
        {
            var rest = line.Duration - elapsed;
            await Task.Delay(rest < ReportInterval ? rest : ReportInterval, time, interrupt).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            var account = trial.Account;
            await output.WriteLineAsync($@"{time.GetElapsedTime(begun):hh\:mm\:ss}  {account.Progress}");
            if (account.Total is { Acknowledged: 0, Refused: > 0 })
                break; // Wrong key, unknown namespace: an hour would not change it.
        }

        await output.WriteLineAsync("Publishing has ended; waiting for what is still to come.");
        var final = await trial.FinishAsync(CancellationToken.None);
        await output.WriteLineAsync($"\n{final}\n\n{trial.Describe()}\n{final.Verdict}");
        return final.Total.Acknowledged == 0 ? NoVerdict : final.Total.IsKept ? Kept : Broken;
    }

    private static async Task<Trial> StartAsync(TrialOptions options, CancellationToken interrupt)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(interrupt);
        limit.CancelAfter(StartLimit);
        return await Trial.StartAsync(options, limit.Token);
    }
}
