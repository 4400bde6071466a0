namespace PushGateway.Channels;

/// <summary>A part of a history.</summary>
/// <param name="Top">The position of the newest publication there ever was; offset 0 when there was none.</param>
/// <param name="Publications">In the order asked for, without those that have expired.</param>
/// <param name="Last">
/// The offset of the last entry looked at, expired ones included: where a next page goes on. The query's own offset when nothing was left to look at.
/// </param>
/// <param name="IsContinuous">
/// Whether the page follows on the query's position without a hole: the epoch is still the same (or was left empty), the position is not beyond the top, and nothing that came
/// behind it has been dropped from the history. Then, and only if <paramref name="Last"/> is the offset of <paramref name="Top"/>, the page is all that came since. Otherwise
/// <paramref name="Publications"/> is empty for another epoch or a position beyond the top. Without a position: whether the history still has everything from offset 1.
/// </param>
public sealed record HistoryPage(StreamPosition Top, IReadOnlyList<Publication> Publications, ulong Last, bool IsContinuous)
{
    /// <summary>The <see cref="Publication.Time"/> of the newest publication, by which it can be told from another one with its offset; 0 when it is no longer kept.</summary>
    public long TopTime { get; init; }
}
