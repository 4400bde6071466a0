namespace PushGateway.IntegrationTests.Api;

/// <summary>Who is in a channel, on the memory broker.</summary>
public sealed class PresenceTests(PresenceNode shared) : PresenceContract(shared), IClassFixture<PresenceNode>;

/// <summary>Who is online, on the memory broker.</summary>
public sealed class UserPresenceTests(PresenceNode shared) : UserPresenceContract(shared), IClassFixture<PresenceNode>;
