using System.Text.Json;
using Microsoft.Extensions.Configuration.Json;
using Microsoft.Extensions.Options;

namespace PushGateway.Server;

/// <summary>
/// One more file of settings, in JSON, which <c>PushGateway:SettingsFile</c> names: for what is kept apart from the program, such as a Secret that is mounted. Its settings count behind those of
/// <c>appsettings*.json</c> and in front of environment variables and the command line. It is read again by <see cref="SettingsFileWatch"/>.
/// </summary>
internal sealed class SettingsFile(string path) : ConfigurationProvider, IConfigurationSource
{
    public const string Setting = "PushGateway:SettingsFile";

    // Ten thousand keys take half of it.
    private const int MaxBytes = 4 * 1024 * 1024;

    private byte[] _content = [];

    /// <summary>Adds the file that the settings so far name, if they name one.</summary>
    public static void AddTo(WebApplicationBuilder builder)
    {
        if (builder.Configuration[Setting] is not { Length: > 0 } path)
            return;

        var file = new SettingsFile(Path.GetFullPath(path));
        var sources = builder.Configuration.Sources;
        var last = sources.Count - 1;
        while (last >= 0 && sources[last] is not JsonConfigurationSource)
            last--;
        sources.Insert(last + 1, file);
        builder.Services.AddSingleton(file).AddHostedService<SettingsFileWatch>();
    }

    public IConfigurationProvider Build(IConfigurationBuilder builder) => this;

    /// <summary>Reads the file at the start.</summary>
    /// <exception cref="OptionsValidationException">It cannot be read.</exception>
    public override void Load()
    {
        // Sources are loaded again whenever another one is added.
        if (_content.Length == 0 && TryRead(out var why) is null)
            throw new OptionsValidationException(Setting, typeof(string), [$"{Setting}: '{path}' {why}."]);
    }

    /// <summary>Reads the file again; when its content is another one, its settings are in force.</summary>
    /// <returns>Why it cannot be read, as the end of a sentence, so that the settings stay as they were; null when it can.</returns>
    public string? Refresh()
    {
        if (TryRead(out var why) is not { } isChanged)
            return why;

        if (isChanged)
            TellOthers();
        return null;
    }

    private void TellOthers()
    {
        try
        {
            OnReload();
        }
        catch (AggregateException)
        {
            // Options that are not valid throw in whatever keeps them up to date, as their check at the start does. Those who use changed settings have been told all the same, and say what is wrong.
        }
    }

    // Whether there is something new; null when it cannot be read. By content, whole: neither a time nor the name of a link's target tells more.
    private bool? TryRead(out string? why)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            if (file.Length > MaxBytes)
            {
                why = $"is larger than {MaxBytes} bytes";
                return null;
            }

            var content = new byte[file.Length];
            file.ReadExactly(content);
            why = null;
            if (content.AsSpan().SequenceEqual(_content))
                return false;

            Data = Parse(content);
            _content = content;
            return true;
        }
        catch (Exception failure) when (failure is FileNotFoundException or DirectoryNotFoundException)
        {
            why = "is not there";
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            why = "cannot be read";
        }
        catch (Exception failure) when (failure is FormatException or JsonException or InvalidDataException)
        {
            why = failure.GetBaseException() is JsonException { LineNumber: { } line } ? $"is not JSON: see line {line + 1}" : "is not a JSON object whose names are all different";
        }

        return null;
    }

    private static IDictionary<string, string?> Parse(byte[] content)
    {
        using var stream = new MemoryStream(content);
        return new JsonSettings(new JsonStreamConfigurationSource { Stream = stream }).Read();
    }

    private sealed class JsonSettings(JsonStreamConfigurationSource source) : JsonStreamConfigurationProvider(source)
    {
        public IDictionary<string, string?> Read()
        {
            Load();
            return Data;
        }
    }
}
