namespace PushGateway.IntegrationTests.Api;

/// <summary>Histories on the memory broker.</summary>
public sealed class HistoryTests(KeepingNode shared) : HistoryContract(shared), IClassFixture<KeepingNode>;
