using System.Text.RegularExpressions;
using PushGateway.IntegrationTests.Infrastructure;

namespace PushGateway.IntegrationTests.Deploys;

/// <summary>The settings in <c>docs/balancers.md</c>, with addresses of this machine.</summary>
internal static partial class BalancerDocument
{
    /// <summary>Reads the settings for a program.</summary>
    /// <param name="program">The language of the block.</param>
    /// <param name="address">Where it is to listen.</param>
    /// <param name="nodes">The nodes, called gateway-1 and so on where they have names.</param>
    public static string Read(string program, Uri address, IReadOnlyList<Uri> nodes)
    {
        var block = Blocks().Matches(Repository.Read("docs/balancers.md")).Single(block => block.Groups[1].Value == program).Groups[2].Value;
        return Servers().Replace(Listen().Replace(block, $"${{1}}{address.Authority}"), servers => string.Concat(nodes.Select((node, number) =>
            servers.Groups[1].Value.Replace("gateway-1", Name(number), StringComparison.Ordinal).Replace("10.0.0.11:8080", node.Authority, StringComparison.Ordinal))));
    }

    /// <summary>What a node is called, by its number from 0.</summary>
    public static string Name(int node) => $"gateway-{node + 1}";

    [GeneratedRegex(@"```(\w+)\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Blocks();

    [GeneratedRegex(@"(bind |listen ):?80\b")]
    private static partial Regex Listen();

    // The first of them stands for all.
    [GeneratedRegex(@"( *server .*10\.0\.0\.11.*\n)(?: *server .*\n)*")]
    private static partial Regex Servers();
}
