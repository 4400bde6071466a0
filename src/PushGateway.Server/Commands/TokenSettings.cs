using Microsoft.Extensions.Options;
using PushGateway.Security.Tokens;

namespace PushGateway.Server.Commands;

/// <summary>The settings of tokens, as the server would read them.</summary>
internal sealed class TokenSettings : IDisposable
{
    private readonly PublishedKeys _published;
    private readonly ILoggerFactory _loggers;

    /// <summary>Reads them. Only those of tokens are checked: whoever makes a token need not be able to start the server.</summary>
    /// <exception cref="OptionsValidationException">A token cannot be read with them, or the settings file cannot be.</exception>
    public TokenSettings(string[] settings)
    {
        var gateway = new PushGatewayOptions();
        ServerSettings.Read(settings).GetSection(PushGatewayOptions.Section).Bind(gateway);
        if (new TokenOptionsValidator().Validate(null, gateway) is { Failed: true } wrong)
            throw new OptionsValidationException(Microsoft.Extensions.Options.Options.DefaultName, typeof(PushGatewayOptions), wrong.Failures);

        var options = Microsoft.Extensions.Options.Options.Create(gateway);
        Options = gateway.Security.Tokens;
        ApiKey = gateway.Security.ApiKeys.FirstOrDefault();
        // Standard output is the answer alone.
        _loggers = LoggerFactory.Create(logging => logging.SetMinimumLevel(LogLevel.Warning).AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace));
        _published = new PublishedKeys(options, TimeProvider.System, _loggers.CreateLogger<PublishedKeys>());
        Reader = new ClientTokens(options, _published, TimeProvider.System);
    }

    public TokenOptions Options { get; }

    /// <summary>A key of the API in clear, where there is one.</summary>
    public string? ApiKey { get; }

    /// <summary>The reader that the tokens of clients go through.</summary>
    public ClientTokens Reader { get; }

    /// <summary>Reads the settings for a command; when they cannot be used, says why and returns null.</summary>
    public static TokenSettings? Read(string[] settings, TextWriter error)
    {
        try
        {
            return new TokenSettings(settings);
        }
        catch (OptionsValidationException wrong)
        {
            error.WriteLine("With these settings no token can be read:");
            foreach (var failure in wrong.Failures)
                error.WriteLine($"  {failure}");
            return null;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _published.Dispose();
        _loggers.Dispose();
    }
}
