namespace PushGateway.Transports.WebSockets;

/// <summary>The connectivity check at <c>/echo</c>, section <c>PushGateway:Echo</c>.</summary>
public sealed class EchoOptions
{
    /// <summary>Whether it answers. Default: in Development alone.</summary>
    public bool? Enabled { get; set; }

    /// <summary>The largest message, in bytes. Default 16,777,216, which the usual conformance suites send.</summary>
    public int MaxMessageBytes { get; set; } = 16 * 1024 * 1024;

    /// <summary>How long a client may go without completing a message, then it is cut. Default 60 s.</summary>
    public TimeSpan IdleTimeout { get; set; } = TimeSpan.FromSeconds(60);
}
