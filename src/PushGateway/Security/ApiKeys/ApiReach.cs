namespace PushGateway.Security;

/// <summary>What a request touches, and so what a key needs for it that is limited to namespaces.</summary>
internal enum ApiReach
{
    /// <summary>The channels that it names. Each is looked at where its name is read: in addresses by <see cref="Api.RawPath"/>, elsewhere by the handler.</summary>
    Channels,

    /// <summary>Users, whatever channels they are in: the key needs the users' own channels.</summary>
    Users,

    /// <summary>What is of no one channel: the key must not be limited.</summary>
    Everything,
}
