using System.Net;
using System.Text.RegularExpressions;
using PushGateway.IntegrationTests.Api;
using PushGateway.IntegrationTests.Infrastructure;

namespace PushGateway.IntegrationTests.Hosting;

public sealed partial class ContentRootTests
{
    [Fact]
    public async Task The_server_finds_its_settings_from_whatever_folder_it_is_started()
    {
        var elsewhere = Directory.CreateTempSubdirectory();
        try
        {
            var cancellationToken = TestContext.Current.CancellationToken;
            await using var server = ChildProcess.Start(
                "dotnet", [typeof(Program).Assembly.Location, "--urls", "http://127.0.0.1:0"], [("ASPNETCORE_ENVIRONMENT", "Development")], elsewhere.FullName);
            Match listening;
            while (!(listening = ListeningLine().Match(await server.NextLineAsync(cancellationToken))).Success)
            {
            }

            // The namespace is in the settings of Development alone.
            using var http = new HttpClient { BaseAddress = new Uri(listening.Groups[1].Value) };
            Assert.Equal(HttpStatusCode.OK, (await http.PostNotificationAsync("""{"channel":"news:world","data":1}""")).StatusCode);
        }
        finally
        {
            elsewhere.Delete(recursive: true);
        }
    }

    [GeneratedRegex(@"Now listening on: (\S+)")]
    private static partial Regex ListeningLine();
}
