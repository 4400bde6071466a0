using System.Runtime.InteropServices;

namespace PushGateway.Server;

/// <summary>Runs the server as <c>RunAsync()</c> does, but does not make who is in a hurry wait for the drain: a second Ctrl+C, or SIGTERM, ends it.</summary>
internal static class SecondSignal
{
    public static async Task RunUntilSecondSignalAsync(this WebApplication app)
    {
        await using (app)
        {
            var stopping = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            using var registration = app.Lifetime.ApplicationStopping.Register(stopping.SetResult);
            await app.StartAsync();
            await stopping.Task;

            using var hurry = new CancellationTokenSource();
            using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, _ => hurry.Cancel());
            using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, _ => hurry.Cancel());
            await app.StopAsync(hurry.Token);
        }
    }
}
