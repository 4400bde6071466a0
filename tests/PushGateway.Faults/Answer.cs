namespace PushGateway.Faults;

/// <summary>What a node answered to an attempt to publish.</summary>
/// <param name="Outcome">What it means.</param>
/// <param name="Epoch">The epoch of the notification's place in the history; null when there is none.</param>
/// <param name="Detail">What the node said, or what happened instead, for people.</param>
public readonly record struct Answer(Outcome Outcome, string? Epoch = null, string? Detail = null);
