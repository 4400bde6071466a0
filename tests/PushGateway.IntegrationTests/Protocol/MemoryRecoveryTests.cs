namespace PushGateway.IntegrationTests.Protocol;

public sealed class MemoryRecoveryTests : RecoveryContract;
