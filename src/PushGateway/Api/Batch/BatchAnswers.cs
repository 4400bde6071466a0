using System.Buffers;
using System.IO.Pipelines;
using PushGateway.Protocol.Json;

namespace PushGateway.Api.Batch;

/// <summary>
/// Sends the answers to the lines of a batch. Those that the sender of the batch has not read yet wait in memory up to a limit, since many clients read only when they have sent everything.
/// Used by one caller at a time.
/// </summary>
internal sealed class BatchAnswers
{
    // The answers to 10,000 notifications with offsets, as many as a batch has by default, take 0.9 MB.
    private const int MaxWaitingBytes = 1024 * 1024;

    // About as much as the server takes before it waits for the client (Kestrel: 64 KiB).
    private const int PartBytes = 32 * 1024;

    // Inline: whoever flushes carries the answers to the server, without a hand-over to another thread.
    private readonly Pipe _waiting = new(new PipeOptions(
        readerScheduler: PipeScheduler.Inline, pauseWriterThreshold: MaxWaitingBytes, resumeWriterThreshold: MaxWaitingBytes / 2, useSynchronizationContext: false));

    private readonly Task _sending;

    public BatchAnswers(PipeWriter response) => _sending = SendAsync(_waiting.Reader, response);

    /// <summary>Whether nobody reads the answers any more.</summary>
    public bool IsGone { get; private set; }

    /// <summary>Whether so much has been written that it should be flushed, whatever comes next.</summary>
    public bool IsFull => _waiting.Writer.UnflushedBytes >= PartBytes;

    /// <summary>Writes the answer to a line; it goes out with the next flush.</summary>
    public void Write(int number, in BatchOutcome outcome)
    {
        var json = JsonOutput.Open(_waiting.Writer);
        json.WriteStartObject();
        json.WriteNumber("line"u8, number);
        if (outcome.Problem is { } problem)
            PublishAnswer.WriteError(json, problem);
        else
        {
            PublishAnswer.WriteResults(json, outcome.Results!);
            if (PublishAnswer.IsReplayed(outcome.Results!))
                json.WriteBoolean("replayed"u8, true);
        }

        json.WriteEndObject();
        json.Flush();
        _waiting.Writer.Write("\n"u8);
    }

    /// <summary>Sends what was written. Waits while too much of it is not read.</summary>
    public async ValueTask FlushAsync()
    {
        if (_waiting.Writer.UnflushedBytes > 0)
            IsGone = (await _waiting.Writer.FlushAsync()).IsCompleted;
    }

    /// <summary>Sends the rest and waits until the server has it.</summary>
    public async Task CompleteAsync()
    {
        await _waiting.Writer.CompleteAsync();
        await _sending;
    }

    private static async Task SendAsync(PipeReader waiting, PipeWriter response)
    {
        try
        {
            while (true)
            {
                var read = await waiting.ReadAsync();
                var part = read.Buffer.Length > PartBytes ? read.Buffer.Slice(0, PartBytes) : read.Buffer;
                foreach (var segment in part)
                {
                    segment.Span.CopyTo(response.GetSpan(segment.Length)); // Told how much, for a server whose memory pool gives nothing to who asks for nothing.
                    response.Advance(segment.Length);
                }

                waiting.AdvanceTo(part.End);
                if (!part.IsEmpty && (await response.FlushAsync()).IsCompleted)
                    return;

                if (read.IsCompleted && part.Length == read.Buffer.Length)
                    return;
            }
        }
        finally
        {
            await waiting.CompleteAsync();
        }
    }
}
