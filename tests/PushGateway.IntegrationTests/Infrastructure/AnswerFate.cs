namespace PushGateway.IntegrationTests.Infrastructure;

/// <summary>What becomes of a part of a server's answer at a <see cref="TcpProxy"/>.</summary>
internal enum AnswerFate
{
    Passed,

    /// <summary>It never arrives, and the client is not told.</summary>
    Swallowed,

    /// <summary>It never arrives, and the connection is reset.</summary>
    Cut,
}
