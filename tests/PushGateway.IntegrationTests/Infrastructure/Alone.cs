namespace PushGateway.IntegrationTests.Infrastructure;

/// <summary>Tests that load the machine or measure the process, and so run while no others do.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;
