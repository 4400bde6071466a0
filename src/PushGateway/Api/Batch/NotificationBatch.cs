using System.Text.Unicode;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using PushGateway.Brokers;
using PushGateway.Notifications;
using PushGateway.Security;

namespace PushGateway.Api.Batch;

/// <summary>
/// One batch: lines are published while those behind them still come, and answered in their order as soon as it is known what became of them. As many as the limits allow are under way,
/// counted from when they are read until their answer is written.
/// </summary>
internal sealed partial class NotificationBatch(
    BatchReader lines, BatchAnswers answers, PublishPermit permit, NotificationRules rules, Audit audit, ApiOptions limits, ILogger logger)
{
    private readonly Queue<Begun> _underWay = new();
    private readonly ChannelOrder _order = new();
    private long _bytesUnderWay;
    private int _failures;

    /// <summary>Publishes to the end of the body, and leaves nothing under way, however it ends.</summary>
    /// <exception cref="BadHttpRequestException">The body could not be read, and not one line of it was.</exception>
    public async Task RunAsync()
    {
        try
        {
            while (!answers.IsGone && await ReadAsync())
                while (lines.TryTake(out var line))
                {
                    await MakeRoomAsync(line.Text.Length);
                    Begin(line);
                    AnswerKnown();
                    if (answers.IsFull)
                        await answers.FlushAsync();
                }
        }
        catch (BadHttpRequestException broken) when (lines.Number > 0)
        {
            Begin(new BatchLine(lines.Number + 1, Problem.Broken(broken)));
        }
        finally
        {
            while (_underWay.Count > 0)
                await AnswerOldestAsync();
            lines.Finish();
            await answers.CompleteAsync();
        }
    }

    // Waits for more lines, and answers meanwhile.
    private async ValueTask<bool> ReadAsync()
    {
        var reading = lines.ReadAsync();
        if (reading.IsCompleted)
            return await reading;

        var more = reading.AsTask();
        while (!more.IsCompleted)
        {
            AnswerKnown();
            await answers.FlushAsync();
            if (_underWay.Count == 0)
                break;

            await Task.WhenAny(more, _underWay.Peek().Publishing);
        }

        return await more;
    }

    // One line as large as allowed always has room.
    private async ValueTask MakeRoomAsync(int bytes)
    {
        while (_underWay.Count >= limits.MaxBatchInFlight || (_underWay.Count > 0 && _bytesUnderWay + bytes > limits.MaxBodyBytes))
            await AnswerOldestAsync();
    }

    private async ValueTask AnswerOldestAsync()
    {
        if (!_underWay.Peek().Publishing.IsCompleted)
            await answers.FlushAsync();
        await _underWay.Peek().Publishing;
        AnswerKnown();
        if (answers.IsFull)
            await answers.FlushAsync();
    }

    private void AnswerKnown()
    {
        while (_underWay.TryPeek(out var oldest) && oldest.Publishing.IsCompleted)
        {
            _underWay.Dequeue();
            _bytesUnderWay -= oldest.Bytes;
            answers.Write(oldest.Number, oldest.Publishing.Result);
        }
    }

    private void Begin(in BatchLine line)
    {
        var bytes = line.Text.Length;
        var publishing = Publish(line);
        if (_underWay.Count == 0 && publishing.IsCompletedSuccessfully)
        {
            answers.Write(line.Number, publishing.Result);
            return;
        }

        _underWay.Enqueue(new Begun(line.Number, bytes, publishing.AsTask()));
        _bytesUnderWay += bytes;
    }

    private ValueTask<BatchOutcome> Publish(in BatchLine line)
    {
        if (line.Problem is { } refused)
            return new(new BatchOutcome(null, refused));

        if (permit.WhyLimited() is { } limited)
        {
            line.Return();
            return new(new BatchOutcome(null, limited));
        }

        if (!TryRead(line, out var notification, out var problem))
        {
            line.Return();
            return new(new BatchOutcome(null, problem));
        }

        var publishing = PublishAsync(notification, line, _order.Before(notification.Channels));
        if (publishing.IsCompleted)
            return publishing;

        var task = publishing.AsTask();
        _order.Add(notification.Channels, task);
        return new(task);
    }

    private bool TryRead(in BatchLine line, out Notification notification, out Problem? problem)
    {
        (notification, problem) = (null!, null);
        try
        {
            if (Utf8.IsValid(line.Text.Span))
                problem = WhyRefused(notification = NotificationRequest.ReadLine(line.Text, rules));
            else
                problem = Problem.Invalid("", "The line is not valid UTF-8.");
        }
        catch (InvalidNotificationException invalid)
        {
            problem = Problem.Invalid(invalid.Field, invalid.Why, invalid.IsTooLarge);
        }

        return problem is null;
    }

    private Problem? WhyRefused(Notification notification)
    {
        if (permit.WhyRefused(notification) is not { } refusal)
            return null;

        audit.LineRefused(refusal);
        return refusal.Problem;
    }

    // Never fails, so that those behind it can wait for it. Not cancelled when the sender hangs up: what was read whole is published whole.
    private async ValueTask<BatchOutcome> PublishAsync(Notification notification, BatchLine line, Task? before)
    {
        try
        {
            if (before is not null)
                await before;
            return new BatchOutcome(await permit.PublishAsync(notification), null);
        }
        catch (BrokerUnavailableException unavailable)
        {
            if (IsFirstFailure())
                Log.BrokerUnavailable(logger, line.Number, unavailable.Message);
            return new BatchOutcome(null, Problem.BrokerUnavailable());
        }
        catch (IdempotencyConflictException)
        {
            return new BatchOutcome(null, Problem.IdempotencyConflict());
        }
        catch (InvalidNotificationException invalid)
        {
            return new BatchOutcome(null, Problem.Invalid(invalid.Field, invalid.Why, invalid.IsTooLarge)); // By a publisher of the host that stands in front of the gateway's.
        }
#pragma warning disable CA1031 // Whatever it is, it is a defect, and must not take the lines behind it along.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            if (IsFirstFailure())
                Log.LineFailed(logger, line.Number, failure);
            return new BatchOutcome(null, Problem.InternalError());
        }
        finally
        {
            line.Return();
        }
    }

    // A broker that is away fails every line, and one report is enough.
    private bool IsFirstFailure() => Interlocked.Increment(ref _failures) == 1;

    private readonly record struct Begun(int Number, int Bytes, Task<BatchOutcome> Publishing);

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "A batch could not publish its line {Line}, and perhaps others behind it: {Why}")]
        public static partial void BrokerUnavailable(ILogger logger, int line, string why);

        [LoggerMessage(2, LogLevel.Error, "Line {Line} of a batch failed by a defect, and perhaps others behind it.")]
        public static partial void LineFailed(ILogger logger, int line, Exception failure);
    }
}
