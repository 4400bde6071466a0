using PushGateway.IntegrationTests.Infrastructure;

namespace PushGateway.IntegrationTests.WebSockets;

/// <inheritdoc/>
public sealed class HandshakeLimitTests() : HandshakeLimitContract(ClientWay.Bare);

/// <inheritdoc/>
public sealed class OrdinaryHandshakeLimitTests() : HandshakeLimitContract(ClientWay.Ordinary);
