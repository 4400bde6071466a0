namespace PushGateway.Channels;

/// <summary>Which part of a history to read.</summary>
/// <param name="Limit">At most so many publications; 0 for the position alone.</param>
/// <param name="Since">
/// Forward, publications behind this position; in reverse, those in front of it. Null for the whole history. An empty epoch stands for the current one.
/// </param>
/// <param name="Reverse">Newest first.</param>
/// <param name="SinceTime">
/// The <see cref="Publication.Time"/> of the publication at <paramref name="Since"/>, for callers who know it; 0 for others. Where the history has another publication at that
/// offset, it was set back since (a back end that lost its latest writes), and nothing in it follows on <paramref name="Since"/>.
/// </param>
public sealed record HistoryQuery(int Limit, StreamPosition? Since = null, bool Reverse = false, long SinceTime = 0);
