namespace PushGateway.Protocol;

/// <summary>One command of a client, whatever its encoding. Memory in it belongs to the message it was read from.</summary>
/// <param name="Id">Chosen by the client and echoed in the reply; 0 in a pong and in <c>send</c>.</param>
/// <param name="Request">What the client asks for; null in a pong.</param>
internal readonly record struct Command(uint Id, Request? Request);
