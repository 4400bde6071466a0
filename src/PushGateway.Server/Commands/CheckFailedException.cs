namespace PushGateway.Server.Commands;

/// <summary>The gateway did not do what a check asked of it.</summary>
/// <param name="why">What happened instead, as a sentence.</param>
internal sealed class CheckFailedException(string why) : Exception(why);
