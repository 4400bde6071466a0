using PushGateway.Connections;

namespace PushGateway.Transports.WebSockets;

/// <summary>What a reader found: a whole message, a control frame, or the reason why nothing more can be read.</summary>
/// <param name="Opcode">Never <see cref="Opcode.Continuation"/>.</param>
/// <param name="Payload">Unmasked. Valid until the reader is used again.</param>
/// <param name="Violation">When set, the client broke the protocol and the connection is to be closed with it.</param>
internal readonly record struct Message(Opcode Opcode, ReadOnlyMemory<byte> Payload, CloseReason? Violation = null);
