using PushGateway.IntegrationTests.Infrastructure;

namespace PushGateway.IntegrationTests.WebSockets;

/// <summary>One exchange of the conformance suite.</summary>
/// <param name="Name">Its group and what it shows.</param>
/// <param name="Sent">The frames of the client, one after the other without waiting.</param>
/// <param name="Expected">The frames of the server, all of them and in this order. Of a close frame the code counts.</param>
/// <param name="EchoOnly">Whether the data is no command, so that only the echo can answer it.</param>
internal sealed record ConformanceCase(string Name, byte[][] Sent, RawFrame[] Expected, bool EchoOnly = false)
{
    /// <summary>A command that is answered with itself, so that the client endpoint serves as an echo as well.</summary>
    public const string Command = """{"id":7,"ping":{}}""";

    /// <summary>Whether the client sends a close frame, so that the server's is the last of all.</summary>
    public bool ClientCloses => Sent.Any(IsClose);

    /// <summary>Whether the server closes.</summary>
    public bool ServerCloses => Expected is [.., { Opcode: RawFrame.Close }];

    public static bool IsClose(byte[] frame) => (frame[0] & 0x0F) == RawFrame.Close;
}
