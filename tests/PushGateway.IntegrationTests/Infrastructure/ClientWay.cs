namespace PushGateway.IntegrationTests.Infrastructure;

/// <summary>The two ways in which a node serves clients: all that a client can see is the same on both.</summary>
internal static class ClientWay
{
    private const string Setting = "PushGateway:Connections:BareSockets";

    /// <summary>On their bare sockets, as it does by itself.</summary>
    public static readonly (string Key, string Value) Bare = (Setting, "true");

    /// <summary>As requests of the application.</summary>
    public static readonly (string Key, string Value) Ordinary = (Setting, "false");
}
