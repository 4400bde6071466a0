using PushGateway.IntegrationTests.Infrastructure;

namespace PushGateway.IntegrationTests.Abuse;

/// <inheritdoc/>
[Collection(nameof(Alone))]
public sealed class AbuseTests(BareAbuseServer server) : AbuseContract(server), IClassFixture<BareAbuseServer>;

/// <inheritdoc/>
[Collection(nameof(Alone))]
public sealed class OrdinaryAbuseTests(OrdinaryAbuseServer server) : AbuseContract(server), IClassFixture<OrdinaryAbuseServer>;
