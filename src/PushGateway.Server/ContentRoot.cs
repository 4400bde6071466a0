namespace PushGateway.Server;

/// <summary>Where the server finds its settings and its page.</summary>
internal static class ContentRoot
{
    /// <summary>
    /// The folder of the program, so that the server finds what was published with it wherever it is started from. Null leaves it to ASP.NET Core: when the
    /// working directory has settings, or the folder is named by <c>--contentRoot</c> or <c>ASPNETCORE_CONTENTROOT</c>.
    /// </summary>
    public static string? Find(string[] args)
    {
        var named = new ConfigurationBuilder()
            .AddEnvironmentVariables("DOTNET_")
            .AddEnvironmentVariables("ASPNETCORE_")
            .AddCommandLine(args)
            .Build()[WebHostDefaults.ContentRootKey];
        return named is not null || Directory.EnumerateFiles(".", "appsettings*.json").Any() ? null : AppContext.BaseDirectory;
    }
}
