using Microsoft.Extensions.Logging;

namespace PushGateway.Diagnostics.Floods;

/// <summary>Categories of the log whose floods are collapsed.</summary>
/// <param name="Root">The category, with all below it.</param>
/// <param name="From">The lowest level that is collapsed. Whoever has lower ones logged wants to see them.</param>
internal sealed record CollapsedLogs(string Root, LogLevel From)
{
    /// <summary>Whether a category is among them.</summary>
    public bool Include(string category) =>
        category.StartsWith(Root, StringComparison.Ordinal) && (category.Length == Root.Length || category[Root.Length] == '.');
}
