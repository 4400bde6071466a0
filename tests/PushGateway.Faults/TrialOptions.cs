namespace PushGateway.Faults;

/// <summary>Who publishes what to whom.</summary>
public sealed record TrialOptions
{
    /// <summary>Where the publisher finds the nodes, by turns.</summary>
    public required IReadOnlyList<Uri> Nodes { get; init; }

    /// <summary>Where subscribers find them, by turns; null for where the publisher does.</summary>
    public IReadOnlyList<Uri>? SubscriberNodes { get; init; }

    /// <summary>The key of the nodes' API; null for none.</summary>
    public string? Key { get; init; }

    /// <summary>The namespace of the channels; null for channels without one.</summary>
    public string? Namespace { get; init; }

    /// <summary>How many channels. Default: 8. At most what one connection may subscribe to.</summary>
    public int Channels { get; init; } = 8;

    /// <summary>How many subscribers, each a process and each to all channels. Default: 2.</summary>
    public int Subscribers { get; init; } = 2;

    /// <summary>Notifications a second, over all channels. Default: 100.</summary>
    public double Rate { get; init; } = 100;

    /// <summary>Characters that are added to each notification. Default: 0.</summary>
    public int Padding { get; init; }

    /// <summary>
    /// Whether the publisher tries each notification until it is acknowledged, with one idempotency key. Default: true. Otherwise it goes on to the next after one attempt.
    /// </summary>
    public bool Retries { get; init; } = true;

    /// <summary>How long one attempt may take. Default: 5 s.</summary>
    public TimeSpan AttemptTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long one notification is tried. Default: 4 minutes; nodes remember idempotency keys for 5 unless told otherwise.</summary>
    public TimeSpan GiveUpAfter { get; init; } = TimeSpan.FromMinutes(4);

    /// <summary>How long subscribers may take to see something more, after the last notification, before the rest counts as lost. Default: 30 s.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The folder with the subscriber's script and its packages; null for that of the repository this was built in.</summary>
    public string? Clients { get; init; }

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
