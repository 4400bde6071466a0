namespace PushGateway.Security.Callbacks;

/// <summary>A back end that is asked about clients over HTTP, section <c>PushGateway:Callbacks</c>.</summary>
public sealed class CallbackOptions;
