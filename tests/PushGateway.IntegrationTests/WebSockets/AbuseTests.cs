using PushGateway.IntegrationTests.Infrastructure;

namespace PushGateway.IntegrationTests.WebSockets;

/// <inheritdoc/>
[Collection(nameof(Alone))]
public sealed class AbuseTests(AbuseTests.BareServer server) : AbuseContract(server), IClassFixture<AbuseTests.BareServer>
{
    public sealed class BareServer() : Server(ClientWay.Bare);
}

/// <inheritdoc/>
[Collection(nameof(Alone))]
public sealed class OrdinaryAbuseTests(OrdinaryAbuseTests.OrdinaryServer server) : AbuseContract(server), IClassFixture<OrdinaryAbuseTests.OrdinaryServer>
{
    public sealed class OrdinaryServer() : Server(ClientWay.Ordinary);
}
