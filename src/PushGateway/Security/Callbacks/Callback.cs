using Microsoft.Extensions.Logging;
using Polly;
using Polly.CircuitBreaker;

namespace PushGateway.Security.Callbacks;

/// <summary>One kind of question to a back end. Whatever goes wrong with it stays within its bounds: of time, of number, and while most go wrong it is not asked at all.</summary>
internal sealed class Callback<T>
    where T : class
{
    private readonly CallbackOptions _options;
    private readonly BackEnd _backEnd;
    private readonly Uri _address;
    private readonly Func<ReadOnlyMemory<byte>, CallbackAnswer<T>> _read;
    private readonly TimeProvider _time;
    private readonly CallbackLog _log;
    private readonly CircuitBreakerStateProvider _state = new();
    private readonly ResiliencePipeline<CallbackAnswer<T>?> _breaker;
    private int _inFlight;

    /// <param name="kind">What the log calls it.</param>
    /// <param name="address">Where it is asked.</param>
    /// <param name="read">Reads the answer; throws <see cref="UnusableAnswerException"/>.</param>
    /// <param name="options">Its bounds.</param>
    /// <param name="backEnd">The way there.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">For the operator.</param>
    public Callback(string kind, Uri address, Func<ReadOnlyMemory<byte>, CallbackAnswer<T>> read, CallbackOptions options, BackEnd backEnd, TimeProvider time, ILogger logger)
    {
        (_address, _read, _options, _backEnd, _time) = (address, read, options, backEnd, time);
        _log = new CallbackLog(kind, logger, time);
        _breaker = new ResiliencePipelineBuilder<CallbackAnswer<T>?> { TimeProvider = time }
            .AddCircuitBreaker(new CircuitBreakerStrategyOptions<CallbackAnswer<T>?>
            {
                FailureRatio = options.BreakerFailureRatio,
                MinimumThroughput = options.BreakerMinimumThroughput,
                SamplingDuration = options.BreakerSamplingDuration,
                BreakDuration = options.BreakerBreakDuration,
                ShouldHandle = static outcome => ValueTask.FromResult(outcome.Outcome is { Exception: null, Result: null }),
                StateProvider = _state,
                OnOpened = opened =>
                {
                    _log.Opened(opened.BreakDuration);
                    return ValueTask.CompletedTask;
                },
                OnClosed = _ =>
                {
                    _log.Closed();
                    return ValueTask.CompletedTask;
                },
            })
            .Build();
    }

    /// <summary>Asks.</summary>
    /// <param name="question">JSON.</param>
    /// <param name="headers">Headers of the client, to pass on.</param>
    /// <param name="cancellationToken">The client does not wait any more.</param>
    /// <returns>The answer; null when there is none that the gateway can go by, and the operator was told why.</returns>
    /// <exception cref="OperationCanceledException">By the token, and for no other reason.</exception>
    public async ValueTask<CallbackAnswer<T>?> AskAsync(
        ReadOnlyMemory<byte> question, IReadOnlyDictionary<string, string> headers, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var context = ResilienceContextPool.Shared.Get(CancellationToken.None);
        try
        {
            if (Interlocked.Increment(ref _inFlight) > _options.MaxInFlight)
            {
                _log.Failed(id: null, "too many questions are under way");
                return null;
            }

            var outcome = await _breaker.ExecuteOutcomeAsync(
                static (_, asking) => asking.Callback.TryAsync(asking.Question, asking.Headers, asking.Gone),
                context,
                (Callback: this, Question: question, Headers: headers, Gone: cancellationToken));
            if (outcome.Exception is OperationCanceledException)
                cancellationToken.ThrowIfCancellationRequested();
            return outcome.Result;
        }
        finally
        {
            Interlocked.Decrement(ref _inFlight);
            ResilienceContextPool.Shared.Return(context);
        }
    }

    private async ValueTask<Outcome<CallbackAnswer<T>?>> TryAsync(
        ReadOnlyMemory<byte> question, IReadOnlyDictionary<string, string> headers, CancellationToken gone)
    {
        // The one that tries whether the back end is back decides for all behind it: it runs to its end also when its client has gone, or clients that come and go would close the circuit.
        if (_state.CircuitState == CircuitState.HalfOpen)
            gone = CancellationToken.None;

        var id = $"msg_{Guid.NewGuid():N}";
        using var late = new CancellationTokenSource(_options.Timeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, gone);
        string why;
        try
        {
            return Outcome.FromResult<CallbackAnswer<T>?>(_read(await _backEnd.AskAsync(_address, id, question, headers, either.Token)));
        }
        catch (OperationCanceledException cancelled) when (gone.IsCancellationRequested)
        {
            return Outcome.FromException<CallbackAnswer<T>?>(cancelled);
        }
        catch (OperationCanceledException)
        {
            why = $"there was no answer within {_options.Timeout:c}";
        }
        catch (HttpRequestException failure)
        {
            why = failure.HttpRequestError == HttpRequestError.ConfigurationLimitExceeded
                ? $"its answer is larger than {_options.MaxResponseBytes} bytes"
                : $"the request failed by {failure.HttpRequestError}";
        }
        catch (UnusableAnswerException unusable)
        {
            why = unusable.Message;
        }

        _log.Failed(id, why);
        return Outcome.FromResult<CallbackAnswer<T>?>(null);
    }
}
