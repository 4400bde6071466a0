using PushGateway.Connections;
using PushGateway.Security.Authorization;

namespace PushGateway.Security;

/// <summary>Whether a client may do what it asks for.</summary>
/// <param name="Refusal">Why not; null when it may.</param>
/// <param name="Decision">What the authorizer said beside yes; null when it was not asked.</param>
internal readonly record struct Judgement(Refusal? Refusal, ChannelDecision? Decision = null);
