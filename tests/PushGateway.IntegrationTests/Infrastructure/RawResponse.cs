using System.Globalization;

namespace PushGateway.IntegrationTests.Infrastructure;

/// <summary>The head of an HTTP response.</summary>
internal sealed class RawResponse
{
    private readonly Dictionary<string, string> _headers = new(StringComparer.OrdinalIgnoreCase);

    public int Status { get; private init; }

    /// <summary>A header; null when it is absent.</summary>
    public string? this[string name] => _headers.GetValueOrDefault(name);

    public static RawResponse Parse(string head)
    {
        var lines = head.Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        var response = new RawResponse { Status = int.Parse(lines[0].Split(' ')[1], CultureInfo.InvariantCulture) };
        foreach (var line in lines[1..])
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            response._headers[line[..colon]] = line[(colon + 1)..].Trim();
        }

        return response;
    }
}
