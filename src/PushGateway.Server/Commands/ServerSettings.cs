namespace PushGateway.Server.Commands;

/// <summary>The settings of the server, for commands: from where the server would read them, its settings file among them.</summary>
internal static class ServerSettings
{
    /// <exception cref="Microsoft.Extensions.Options.OptionsValidationException">The settings file cannot be read.</exception>
    public static IConfiguration Read(string[] settings)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = settings, ContentRootPath = ContentRoot.Find(settings) });
        SettingsFile.AddTo(builder);
        return builder.Configuration;
    }
}
