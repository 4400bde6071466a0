namespace PushGateway.Diagnostics;

/// <summary>Who publishes.</summary>
internal enum PublishSource : byte
{
    /// <summary>A back end: by the API, or as the application around the gateway.</summary>
    Backend,

    /// <summary>A client, by its connection.</summary>
    Client,
}
