using PushGateway.IntegrationTests.Infrastructure;

namespace PushGateway.IntegrationTests.WebSockets;

/// <inheritdoc/>
public sealed class LimitTests(SharedNode shared) : LimitContract(shared), IClassFixture<SharedNode>;

/// <inheritdoc/>
public sealed class OrdinaryLimitTests(SharedOrdinaryNode shared) : LimitContract(shared), IClassFixture<SharedOrdinaryNode>;
