using PushGateway.IntegrationTests.Infrastructure;

namespace PushGateway.IntegrationTests.Deploys;

/// <summary>nginx as the documents have it, in one process and a folder of its own.</summary>
internal sealed class Nginx : IAsyncDisposable
{
    private readonly DirectoryInfo _folder;
    private readonly ChildProcess _process;

    private Nginx(string program, DirectoryInfo folder, Uri address)
    {
        (_folder, Address) = (folder, address);
        _process = ChildProcess.Start(program, ["-p", folder.FullName, "-c", "nginx.conf", "-e", "stderr"]);
    }

    /// <summary>Where clients and publishers find it.</summary>
    public Uri Address { get; }

    /// <summary>Starts it in front of nodes, and waits until it listens.</summary>
    public static async Task<Nginx> StartAsync(IReadOnlyList<Uri> nodes, CancellationToken cancellationToken)
    {
        var program = SearchPath.Demand("nginx");
        var (folder, address) = (Directory.CreateTempSubdirectory("pushgateway-nginx-"), NodeProcess.FindAddress());
        await File.WriteAllTextAsync(
            Path.Combine(folder.FullName, "nginx.conf"),
            $$"""
            daemon off;
            master_process off;
            pid nginx.pid;
            events {}
            http {
                access_log off;
                client_body_temp_path body;
                proxy_temp_path proxy;
                fastcgi_temp_path fastcgi;
                uwsgi_temp_path uwsgi;
                scgi_temp_path scgi;
            {{BalancerDocument.Read("nginx", address, nodes)}}
            }

            """,
            cancellationToken);
        var nginx = new Nginx(program, folder, address);
        try
        {
            await nginx.ListensAsync(cancellationToken);
            return nginx;
        }
        catch
        {
            await nginx.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    private async Task ListensAsync(CancellationToken cancellationToken)
    {
        using var http = new HttpClient { BaseAddress = Address };
        while (true)
        {
            try
            {
                using var answer = await http.GetAsync(new Uri("/", UriKind.Relative), cancellationToken);
                return;
            }
            catch (HttpRequestException) when (!_process.HasExited)
            {
                await Task.Delay(20, cancellationToken);
            }
            catch (HttpRequestException)
            {
                throw new InvalidOperationException($"nginx has ended. It said: {_process.Errors}");
            }
        }
    }
}
