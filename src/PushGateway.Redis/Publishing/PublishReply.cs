namespace PushGateway.Redis.Publishing;

/// <summary>The end of a command.</summary>
/// <param name="Fate">What became of it.</param>
/// <param name="Answer">What the script said, if it was the script.</param>
/// <param name="Reason">Why it was not carried out; null when it was.</param>
internal readonly record struct PublishReply(PublishFate Fate, ScriptAnswer Answer = default, string? Reason = null);
