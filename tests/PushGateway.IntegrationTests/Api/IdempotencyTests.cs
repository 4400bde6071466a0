namespace PushGateway.IntegrationTests.Api;

/// <summary>Publishing twice on the memory broker.</summary>
public sealed class IdempotencyTests(KeepingNode shared) : IdempotencyContract(shared), IClassFixture<KeepingNode>;
