using System.Buffers.Text;
using System.CommandLine;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace PushGateway.Server.Commands;

/// <summary><c>keys new</c>: makes a key of the API, and the settings that let it in.</summary>
internal static class NewKey
{
    // As long as the hash, so that guessing the one is as hopeless as guessing the other.
    private const int SecretBytes = 32;

    private const int MaxIdLength = 64;

    public static Command Command(TextWriter output)
    {
        var id = new Option<string>("--id") { HelpName = "ID", Required = true, Description = "What it is called in the settings and in the audit log: 1 to 64 of ASCII letters, digits, '-' and '.'." };
        id.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string>() is not { Length: > 0 and <= MaxIdLength } given || !given.All(one => char.IsAsciiLetterOrDigit(one) || one is '-' or '.'))
                result.AddError($"--id must have 1 to {MaxIdLength} ASCII letters, digits, '-' and '.'.");
        });
        var scopes = new Option<string[]>("--scope") { HelpName = "publish|read|admin", Required = true, Description = "What it may be used for. Give it again for each further scope." };
        scopes.AcceptOnlyFromAmong("publish", "read", "admin");
        var namespaces = new Option<string[]>("--namespace") { HelpName = "NAME", Description = "A namespace it may be used for. Give it again for each further one. Without any, it may be used for all." };

        var command = new Command("new", "Makes a key and shows it this once; the settings keep a hash of it alone.") { id, scopes, namespaces };
        command.SetAction(result => Write(output, result.GetValue(id)!, result.GetValue(scopes) ?? [], result.GetValue(namespaces) ?? []));
        return command;
    }

    private static void Write(TextWriter output, string id, string[] scopes, string[] namespaces)
    {
        var key = $"pgk_{id}_{Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(SecretBytes))}";
        var hash = $"sha256:{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)))}";
        output.WriteLine(
            $"""
            The key, for the back end. It is shown this once, and kept nowhere:

            {key}

            For the gateway, in appsettings.json:

            {Json(id, hash, scopes, namespaces)}

            or as environment variables:

            """);
        var section = $"PushGateway__Security__Keys__{id}__";
        output.WriteLine($"{section}Hash={hash}");
        for (var i = 0; i < scopes.Length; i++)
            output.WriteLine($"{section}Scopes__{i}={scopes[i]}");
        for (var i = 0; i < namespaces.Length; i++)
            output.WriteLine($"{section}Namespaces__{i}={namespaces[i]}");
        if (id.AsSpan().ContainsAny('-', '.'))
            output.WriteLine("\n(A shell sets no variable with '-' or '.' in its name; container engines and systemd do.)");
    }

    private static string Json(string id, string hash, string[] scopes, string[] namespaces)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            foreach (var part in new[] { PushGatewayOptions.Section, "Security", "Keys", id })
                json.WriteStartObject(part);
            json.WriteString("Hash", hash);
            WriteStrings(json, "Scopes", scopes);
            if (namespaces.Length > 0)
                WriteStrings(json, "Namespaces", namespaces);
            while (json.CurrentDepth > 0)
                json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.ToArray());
    }

    private static void WriteStrings(Utf8JsonWriter json, string name, string[] values)
    {
        json.WriteStartArray(name);
        foreach (var value in values)
            json.WriteStringValue(value);
        json.WriteEndArray();
    }
}
