using PushGateway.Notifications;

namespace PushGateway.Api.Batch;

/// <summary>What became of a line.</summary>
/// <param name="Results">What became of its notification on each channel; null when there is a problem.</param>
/// <param name="Problem">Why nothing was published, or nobody knows; null when there are results.</param>
internal readonly record struct BatchOutcome(IReadOnlyList<NotificationResult>? Results, Problem? Problem);
