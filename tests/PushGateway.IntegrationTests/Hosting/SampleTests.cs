using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using PushGateway.IntegrationTests.Api;
using PushGateway.IntegrationTests.Infrastructure;

namespace PushGateway.IntegrationTests.Hosting;

/// <summary>The application in <c>docs/samples/Shop</c> does what <c>docs/embedding.md</c> says of it.</summary>
public sealed partial class SampleTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly string Folder = Path.Combine(Repository.Root, "docs", "samples", "Shop");
    private static readonly string Text = Repository.Read("docs/embedding.md");

    [Fact]
    public void What_the_document_shows_is_in_the_sample()
    {
        var sources = Directory.GetFiles(Folder).Select(file => Flat(File.ReadAllText(file))).ToArray();
        var shown = Block().Matches(Text).Select(block => Flat(block.Groups[1].Value)).ToArray();
        Assert.True(shown.Length >= 5);
        Assert.All(shown, code => Assert.Contains(sources, source => source.Contains(code, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_customer_sees_what_the_document_prints_and_nobody_watches_the_orders_of_another()
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(Patience);
        await using var shop = ChildProcess.Start(
            DotNetCommand.Host, ["exec", Path.Combine(Folder, "bin", DotNetCommand.Configuration, "net10.0", "Shop.dll"), "--urls", "http://127.0.0.1:0"], [("ASPNETCORE_ENVIRONMENT", "Production")], Folder);
        Uri? address = null;
        while (address is null)
            if (ListeningOn().Match(await shop.NextLineAsync(patience.Token)) is { Success: true } listening)
                address = new Uri(listening.Groups[1].Value);

        // Node.js before 22 has WebSocket behind a switch.
        await using var customer = ChildProcess.Start("node", [Path.Combine(Folder, "customer.mjs"), address.GetLeftPart(UriPartial.Authority)], [("NODE_OPTIONS", "--experimental-websocket")]);
        var printed = Output().Match(Text).Groups[1].Value.TrimEnd().Split('\n');
        foreach (var line in printed)
            Assert.Equal(line, await customer.NextLineAsync(patience.Token));
        Assert.Equal(0, await customer.ExitAsync(patience.Token));

        var cookies = new CookieContainer();
        using var handler = new SocketsHttpHandler { CookieContainer = cookies };
        using var http = new HttpClient(handler) { BaseAddress = address };
        Assert.Equal(HttpStatusCode.Unauthorized, (await http.PostAsync(new Uri("orders", UriKind.Relative), null, patience.Token)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await http.PostAsync(new Uri("sign-in/ben", UriKind.Relative), null, patience.Token)).StatusCode);
        Assert.Contains("\"id\":2", await (await http.PostAsync(new Uri("orders", UriKind.Relative), null, patience.Token)).Content.ReadAsStringAsync(patience.Token), StringComparison.Ordinal);

        await using var ben = await Subscriber.ConnectAsync(new Uri($"ws://{address.Authority}/connection/websocket"), ["orders:2"], options => options.Cookies = cookies);
        foreach (var other in (string[])["orders:1", "orders:3", "orders:x"])
            Assert.Equal(103, (await ben.SendAsync("subscribe", new { channel = other })).GetProperty("error").GetProperty("code").GetInt32());
        Assert.Equal(JsonValueKind.Object, ben.Connected.GetProperty("subs").GetProperty("#ben").ValueKind);
    }

    // Documents show code without the indentation of its place.
    private static string Flat(string code) => string.Join('\n', code.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));

    [GeneratedRegex("^```(?:csharp|json)\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();

    [GeneratedRegex("^```\n(orders:.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Output();

    [GeneratedRegex("Now listening on: (http://\\S+)")]
    private static partial Regex ListeningOn();
}
