namespace PushGateway.Load;

/// <summary>One run of the load tool: everything on the thread that calls it.</summary>
internal sealed class LoadRun : IDisposable
{
    // Longer than any pause of a gateway that works: what is under way then will not come.
    private static readonly long Patience = Clock.Nanoseconds(TimeSpan.FromSeconds(4));

    private static readonly TimeSpan LongestWait = TimeSpan.FromMilliseconds(2);

    private readonly LoadOptions _options;
    private readonly Poller _poller = new();
    private readonly Ledger _ledger;
    private readonly Swarm _swarm;
    private readonly ProcessMeter _meter;
    private readonly Progress _progress;
    private readonly string[] _channels;
    private readonly Random _random = new(1); // The same channels in each run.
    private Publishers? _publishers;

    public LoadRun(LoadOptions options, TextWriter progress)
    {
        _options = options;
        _ledger = new Ledger(options.Channels);
        _meter = new ProcessMeter(options.Processes);

        // No run sees what another publishes.
        var name = $"{options.Prefix}-{Environment.ProcessId}";
        _channels = [.. Enumerable.Range(0, options.Channels).Select(i => $"{name}-{i}")];
        _swarm = new Swarm(_poller, new SwarmOptions(options.Nodes, client => [_channels[client % _channels.Length]], options.Source) { ConnectingAtOnce = options.Connecting }, _ledger.Arrived)
        {
            ReadyChanged = _ledger.ClientChanged,
        };
        _progress = new Progress(progress, _swarm, _ledger);
    }

    /// <summary>Runs, and says what came of it.</summary>
    /// <param name="cancellationToken">Ends it early; what was measured until then is told.</param>
    /// <exception cref="IOException">The gateway is not there, or not enough clients could connect.</exception>
    public LoadResult Run(CancellationToken cancellationToken)
    {
        var empty = _meter.HasAny ? _meter.Memory : default;
        var connect = Measure(() => Connect(cancellationToken));
        Rest(_options.Settle, cancellationToken);
        var full = _meter.HasAny ? _meter.Memory : default;
        _publishers = new Publishers(_poller, _options.Nodes, _options.Publishers, _options.Key, _options.PayloadBytes, _ledger.Answered);
        if (_options.Publishes)
            Publish(_options.WarmUp, cancellationToken);

        var (lost, connected) = (_swarm.Lost, _swarm.Ready);
        var pings = _swarm.Pings;
        _ledger.Begin(_swarm.Clients);
        var begun = Clock.Now;
        var measured = Measure(() =>
        {
            if (_options.Publishes)
                Publish(_options.Time, cancellationToken);
            else
                Rest(_options.Time, cancellationToken);
        });
        var seconds = _options.Publishes ? (_ledger.LastDelivery - begun) / 1e9 : measured.Seconds;
        return new LoadResult(_options, _ledger, measured.Cpu, seconds)
        {
            Connected = connected,
            Pings = _swarm.Pings - pings,
            ConnectSeconds = connect.Seconds,
            CutOff = _swarm.Lost - lost,
            CpuMicrosecondsPerConnect = _meter.HasAny ? connect.Cpu.TotalMicroseconds / connected : null,
            ResidentBytesPerConnection = _meter.HasAny ? (double)(full.Resident - empty.Resident) / connected : null,
            ProportionalBytesPerConnection = _meter.HasAny ? (double)(full.Proportional - empty.Proportional) / connected : null,
        };
    }

    public void Dispose()
    {
        _swarm.CutAll();
        _publishers?.Dispose();
        _poller.Dispose();
    }

    private (TimeSpan Cpu, double Seconds) Measure(Action action)
    {
        var (cpu, begun) = (_meter.CpuTime, Clock.Now);
        action();
        return (_meter.CpuTime - cpu, (Clock.Now - begun) / 1e9);
    }

    private void Connect(CancellationToken cancellationToken)
    {
        _swarm.GrowTo(_options.Connections);
        long changed = Clock.Now, ready = 0;
        while (_swarm.Ready < _options.Connections)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Step(LongestWait);
            if (_swarm.Ready != ready)
                (ready, changed) = (_swarm.Ready, Clock.Now);
            else if (Clock.Now - changed > 5 * Patience)
                throw new IOException($"{_swarm.Ready} of {_options.Connections} clients are connected, {_swarm.Failed} failed, and no more connect.");
        }
    }

    private void Rest(TimeSpan time, CancellationToken cancellationToken)
    {
        for (var end = Clock.Now + Clock.Nanoseconds(time); Clock.Now < end && !cancellationToken.IsCancellationRequested;)
            Step(LongestWait);
    }

    private void Publish(TimeSpan time, CancellationToken cancellationToken)
    {
        var begun = Clock.Now;
        var end = begun + Clock.Nanoseconds(time);
        long completed = begun, stillUnderWay = 0;
        for (long now; (now = Clock.Now) < end && !cancellationToken.IsCancellationRequested;)
        {
            Step(_options.Rate > 0 ? PublishDue(begun, now) : PublishMore());
            if (_ledger.UnderWay != stillUnderWay || _ledger.UnderWay < _options.FlatOut)
                (stillUnderWay, completed) = (_ledger.UnderWay, now);
            else if (now - completed > Patience)
                _ledger.GiveUp();
        }

        while (_ledger.UnderWay > 0 && Clock.Now - Math.Max(_ledger.LastDelivery, end) < Patience && !cancellationToken.IsCancellationRequested)
            Step(LongestWait);
        _ledger.GiveUp();
    }

    /// <summary>Publishes what is due. Returns how long there is nothing to do.</summary>
    private TimeSpan PublishDue(long begun, long now)
    {
        while (true)
        {
            var due = begun + (long)(_ledger.Published * 1e9 / _options.Rate);
            if (due > now)
                return TimeSpan.FromTicks(Math.Min(LongestWait.Ticks, (due - now) / TimeSpan.NanosecondsPerTick));
            if (!_publishers!.AnyFree)
                return LongestWait;
            PublishOne(due);
        }
    }

    private TimeSpan PublishMore()
    {
        while (_ledger.UnderWay < _options.FlatOut && _publishers!.AnyFree)
            PublishOne(Clock.Now);
        return LongestWait;
    }

    private void PublishOne(long due)
    {
        var channel = _random.Next(_channels.Length);
        _publishers!.Publish(_channels[channel], _ledger.Publish(channel, due));
    }

    private void Step(TimeSpan wait)
    {
        _swarm.Step(Clock.Now);
        var count = _poller.Wait(wait);
        for (var i = 0; i < count; i++)
            if (_poller[i] is >= Publishers.FirstToken and var publisher)
                _publishers!.OnEvent((int)(publisher - Publishers.FirstToken));
            else
                _swarm.OnEvent((int)_poller[i]);
        _progress.Show();
    }
}
