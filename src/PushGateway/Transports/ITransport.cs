namespace PushGateway.Transports;

/// <summary>The way from the gateway to one client.</summary>
internal interface ITransport
{
    /// <summary>What the frames of this client look like.</summary>
    FrameFormat Format { get; }

    /// <summary>
    /// Hands bytes to the network if it takes them now, without waiting and without failing: a network that is gone takes none. Called by the outbox alone, one call at a time, and never during
    /// <see cref="WriteAsync"/>.
    /// </summary>
    /// <returns>How many it took; the rest is for <see cref="WriteAsync"/>. Always 0 where there is no way to know.</returns>
    int TryWrite(ReadOnlySpan<byte> frames);

    /// <summary>
    /// Hands whole frames, or the rest of those that <see cref="TryWrite"/> has begun, to the network. Called by the outbox alone, which waits for one call before it makes the next; the memory is its own again
    /// afterwards. Completes at once while the network takes what it is given, and otherwise when it has: that wait is the backpressure that fills the
    /// outbox. Throws when the network is gone.
    /// </summary>
    ValueTask WriteAsync(ReadOnlyMemory<byte> frames);

    /// <summary>Cuts the connection without a word. May be called at any time and more than once.</summary>
    void Abort();
}
