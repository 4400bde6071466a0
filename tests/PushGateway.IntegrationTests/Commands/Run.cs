using PushGateway.Server.Commands;

namespace PushGateway.IntegrationTests.Commands;

/// <summary>One command of the server, carried out in this process, and what it wrote.</summary>
internal sealed record Run(int Exit, string Output, string Error)
{
    public static async Task<Run> OfAsync(IEnumerable<string> args, string input = "")
    {
        using var reader = new StringReader(input);
        await using StringWriter output = new(), error = new();
        var exit = await CommandLine.RunAsync([.. args], reader, output, error);
        return new Run(exit, output.ToString(), error.ToString());
    }
}
