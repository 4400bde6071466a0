using System.IO.Pipelines;
using PushGateway.Connections;
using PushGateway.Transports.WebSockets;
using static PushGateway.Tests.Transports.WebSockets.ClientFrame;

namespace PushGateway.Tests.Transports.WebSockets;

public class MessagePumpTests
{
    private readonly Pipe _wire = new(new PipeOptions(readerScheduler: PipeScheduler.Inline, useSynchronizationContext: false));
    private readonly List<string> _received = [];

    [Fact]
    public async Task Messages_are_handed_over_one_after_the_other_until_the_client_is_gone()
    {
        var pumping = RunAsync(_ => true);
        var payload = new string('x', 9000);
        foreach (var chunk in Make(Text, "one").Concat(Make(Text, payload)).Concat(Make(Ping, "")).Chunk(700))
            await SendAsync(chunk);
        await _wire.Writer.CompleteAsync();
        await pumping;
        Assert.Equal(["Text one", $"Text {payload}", "Ping "], _received);
    }

    [Fact]
    public async Task No_more_is_read_when_the_receiver_wants_no_more()
    {
        var pumping = RunAsync(message => message.Opcode != Opcode.Close);
        await SendAsync([.. Make(Text, "one"), .. Make(Close, ""), .. Make(Text, "two")]);
        await pumping;
        Assert.Equal(["Text one", "Close "], _received);
    }

    [Fact]
    public async Task The_next_message_waits_for_the_receiver()
    {
        var first = new TaskCompletionSource();
        var pumping = MessagePump.RunAsync(_wire.Reader.AsStream(), 100, async message =>
        {
            _received.Add(message.Payload.Length.ToString(System.Globalization.CultureInfo.InvariantCulture));
            await first.Task;
            return true;
        }, TestContext.Current.CancellationToken);
        await SendAsync([.. Make(Text, "a"), .. Make(Text, "bb")]);
        Assert.Equal(["1"], _received);
        first.SetResult();
        await _wire.Writer.CompleteAsync();
        await pumping;
        Assert.Equal(["1", "2"], _received);
    }

    [Fact]
    public async Task A_connection_that_breaks_is_an_end_like_any_other()
    {
        foreach (var failure in new Exception[] { new IOException(), new OperationCanceledException(), new ObjectDisposedException("socket") })
        {
            var wire = new Pipe();
            await wire.Writer.CompleteAsync(failure);
            await MessagePump.RunAsync(wire.Reader.AsStream(), 100, _ => ValueTask.FromResult(true), TestContext.Current.CancellationToken);
        }
    }

    [Fact]
    public async Task A_violation_is_handed_over_and_the_close_frame_behind_it()
    {
        CloseReason? violation = null;
        var pumping = RunAsync(message =>
        {
            violation ??= message.Violation;
            return message.Opcode != Opcode.Close;
        });
        await SendAsync([.. Make(Text, [0xFF]), .. Make(Text, "ignored"), .. Make(Close, "")]);
        await pumping;
        Assert.Equal(CloseReason.InvalidUtf8, violation);
        Assert.Equal(2, _received.Count);
    }

    [Fact]
    public async Task No_message_is_waited_for_once_that_is_cancelled()
    {
        using var cancelled = new CancellationTokenSource();
        var pumping = RunAsync(_ => true, cancelled.Token);
        await SendAsync(Make(Text, "one"));
        Assert.False(pumping.IsCompleted);
        await cancelled.CancelAsync();
        await pumping;
        Assert.Equal(["Text one"], _received);
    }

    private Task RunAsync(Func<Message, bool> receiver, CancellationToken? cancelled = null) => MessagePump.RunAsync(_wire.Reader.AsStream(), 10_000, message =>
    {
        _received.Add($"{message.Opcode} {System.Text.Encoding.UTF8.GetString(message.Payload.Span)}");
        return ValueTask.FromResult(receiver(message));
    }, cancelled ?? TestContext.Current.CancellationToken);

    private async Task SendAsync(byte[] bytes) => await _wire.Writer.WriteAsync(bytes, TestContext.Current.CancellationToken);
}
