using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using PushGateway.Connections;

namespace PushGateway.Transports.WebSockets;

/// <summary>Serves <c>/echo</c>: sends every message back. Operators check with it that WebSockets get through, and conformance suites are pointed at it.</summary>
internal sealed class EchoEndpoint(WebSocketHandshake handshake, Admission admission, Sweeper sweeper, IOptions<PushGatewayOptions> options)
{
    private readonly EchoOptions _options = options.Value.Echo;
    private readonly TimeSpan _closeTimeout = options.Value.Connections.CloseTimeout;

    /// <summary>Serves one client.</summary>
    public async Task ServeAsync(HttpContext context)
    {
        if (await handshake.TryAcceptAsync(context) is not { } stream)
            return;

        var deadline = new Deadline(context);
        bool refused = false, left = false;
        sweeper.Schedule(deadline, _options.IdleTimeout);
        try
        {
            // The answer is written before the next message is read: a client that does not read stops its own input, and nothing piles up here.
            await MessagePump.RunAsync(stream, _options.MaxMessageBytes, async message =>
            {
                sweeper.Schedule(deadline, message.Violation is null ? _options.IdleTimeout : _closeTimeout);
                if (!refused && AnswerTo(message) is { } answer)
                    await stream.WriteAsync(answer, admission.Closed);
                refused |= message.Violation is not null; // That was the close frame; the client's own is not answered with another.
                left |= message.Opcode == Opcode.Close;
                return !left;
            }, admission.Closed);

            // Else an idle client would keep the server from stopping.
            if (admission.IsClosed && !refused && !left)
            {
                sweeper.Schedule(deadline, _closeTimeout);
                await stream.WriteAsync(Frame.MakeClose(CloseReason.GoingAway), CancellationToken.None);
            }
        }
        finally
        {
            sweeper.Cancel(deadline);
            admission.Leave();
        }
    }

    private static byte[]? AnswerTo(Message message) => message switch
    {
        { Violation: { } violation } => Frame.MakeClose(violation),
        { Opcode: Opcode.Close, Payload.IsEmpty: true } => Frame.Make(Opcode.Close, default),
        { Opcode: Opcode.Close } => Frame.MakeClose(CloseFrame.AnswerTo(message.Payload.Span)),
        { Opcode: Opcode.Ping } => Frame.Make(Opcode.Pong, message.Payload.Span),
        { Opcode: Opcode.Pong } => null,
        _ => Frame.Make(message.Opcode, message.Payload.Span),
    };

    private sealed class Deadline(HttpContext context) : Scheduled
    {
        protected internal override void OnDue() => context.Abort();
    }
}
