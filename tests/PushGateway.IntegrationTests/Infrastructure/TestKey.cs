using System.Security.Cryptography;
using System.Text;

namespace PushGateway.IntegrationTests.Infrastructure;

/// <summary>A key of the API as <c>keys new</c> makes them, and the settings that a node knows it by.</summary>
internal sealed class TestKey
{
    private TestKey(string id) => (Id, Text) = (id, $"pgk_{id}_{Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)).TrimEnd('=').Replace('+', '-').Replace('/', '_')}");

    public string Id { get; }

    /// <summary>What its holder sends.</summary>
    public string Text { get; }

    public string Hash => "sha256:" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Text)));

    /// <summary>The settings of a node that knows the key.</summary>
    public IReadOnlyList<(string Key, string Value)> Settings { get; private set; } = [];

    /// <summary>Makes a key.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="scopes">With spaces between them.</param>
    /// <param name="namespaces">With spaces between them; empty for all.</param>
    /// <param name="publishesPerSecond">Its limit; null for that of all keys.</param>
    public static TestKey New(string id, string scopes, string namespaces = "", int? publishesPerSecond = null)
    {
        var key = new TestKey(id);
        var section = $"PushGateway:Security:Keys:{id}:";
        List<(string, string)> settings = [(section + "Hash", key.Hash)];
        settings.AddRange(Split(scopes).Select((scope, i) => ($"{section}Scopes:{i}", scope)));
        settings.AddRange(Split(namespaces).Select((name, i) => ($"{section}Namespaces:{i}", name)));
        if (publishesPerSecond is { } limit)
            settings.Add((section + "PublishesPerSecond", $"{limit}"));
        key.Settings = settings;
        return key;
    }

    /// <summary>A client that sends the key.</summary>
    public HttpClient ClientOf(GatewayNode node)
    {
        ArgumentNullException.ThrowIfNull(node);
        return new HttpClient { BaseAddress = node.Address, DefaultRequestHeaders = { { "X-API-Key", Text } } };
    }

    private static string[] Split(string words) => words.Split(' ', StringSplitOptions.RemoveEmptyEntries);
}
