namespace PushGateway.Security.Revocations;

/// <summary>As many revocations are kept as <c>PushGateway:Security:MaxRevocations</c> allows, and none of them is over yet.</summary>
public sealed class TooManyRevocationsException(int max) : InvalidOperationException($"{max} revocations are kept already, which is as many as PushGateway:Security:MaxRevocations allows.");
