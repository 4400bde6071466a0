namespace PushGateway.Security.Callbacks;

/// <summary>A back end has answered what the gateway cannot go by.</summary>
/// <param name="why">What is wrong with it, as a sentence without its end. Nothing of what is in it but names of fields.</param>
internal sealed class UnusableAnswerException(string why) : Exception(why);
