using PushGateway.IntegrationTests.Infrastructure;

namespace PushGateway.IntegrationTests.WebSockets;

/// <inheritdoc/>
public sealed class SlowClientTests() : SlowClientContract(ClientWay.Bare);

/// <inheritdoc/>
public sealed class OrdinarySlowClientTests() : SlowClientContract(ClientWay.Ordinary);
