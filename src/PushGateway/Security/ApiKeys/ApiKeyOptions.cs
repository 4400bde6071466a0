namespace PushGateway.Security;

/// <summary>A key of the API, of which only a hash is kept. <c>keys new</c> makes one.</summary>
public sealed class ApiKeyOptions
{
    /// <summary>The SHA-256 of the key, as <c>keys new</c> prints it: <c>sha256:</c> and 64 hexadecimal digits.</summary>
    public string? Hash { get; set; }

    /// <summary>What it may be used for: <c>publish</c>, <c>read</c>, <c>admin</c>, one at least.</summary>
    public IList<string> Scopes { get; } = [];

    /// <summary>
    /// The namespaces it may be used for, at most 100: names, in which <c>*</c> stands for any characters, <c>#user</c> for the users' own channels, and <c>#none</c> for other channels without a
    /// namespace. Default: all, and what is of no channel.
    /// </summary>
    public IList<string> Namespaces { get; } = [];

    /// <summary>How many notifications it may publish a second on each node. Default: <see cref="SecurityOptions.PublishesPerSecond"/>.</summary>
    public int? PublishesPerSecond { get; set; }
}
