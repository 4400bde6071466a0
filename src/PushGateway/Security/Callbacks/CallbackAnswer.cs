using PushGateway.Connections;
using PushGateway.Protocol;

namespace PushGateway.Security.Callbacks;

/// <summary>What a back end has answered: one of the three.</summary>
/// <param name="Result">Yes, and what belongs to it.</param>
/// <param name="Error">The error that the client is told.</param>
/// <param name="End">Why the client's connection is closed.</param>
internal sealed record CallbackAnswer<T>(T? Result = null, ErrorResult? Error = null, CloseReason? End = null)
    where T : class;
