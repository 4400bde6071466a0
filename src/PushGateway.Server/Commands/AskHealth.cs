using System.CommandLine;

namespace PushGateway.Server.Commands;

/// <summary><c>health</c>: asks the node beside it, with the same settings, how it is. For engines that can only run a program of the image, which has no other.</summary>
internal static class AskHealth
{
    // Shorter than engines wait: the answer is this command's, and not that it was ended.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(4);

    public static Command Command(string[] settings, TextWriter output, TextWriter error)
    {
        var ready = new Option<bool>("--ready") { Description = "Asks whether the node is ready for clients. Without it, whether it lives." };
        var command = new Command("health", "Asks the node on this machine that runs with the same settings how it is. Exit code 0 when all is well.") { ready };
        command.SetAction((result, cancellationToken) => AskAsync(settings, result.GetValue(ready) ? "/health/ready" : "/health/live", output, error, cancellationToken));
        return command;
    }

    private static async Task<int> AskAsync(string[] args, string path, TextWriter output, TextWriter error, CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = ContentRoot.Find(args) });
        SettingsFile.AddTo(builder);
        if (NodeAddress.Find(builder.Configuration) is not { } node)
        {
            await error.WriteLineAsync("The node listens with TLS alone, which this command does not speak: set PushGateway:Management:Port.");
            return 1;
        }

        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false }) { BaseAddress = node, Timeout = Patience };
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(path, UriKind.Relative));
        request.Headers.Host = NodeAddress.HostOf(builder.Configuration);
        try
        {
            using var answer = await http.SendAsync(request, cancellationToken);
            await output.WriteLineAsync($"{(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync(cancellationToken)}".TrimEnd());
            return answer.IsSuccessStatusCode ? 0 : 1;
        }
        catch (Exception failure) when (failure is HttpRequestException or TaskCanceledException)
        {
            await error.WriteLineAsync($"{node} does not answer: {failure.Message}");
            return 1;
        }
    }
}
