using PushGateway.Channels;

namespace PushGateway.Brokers;

/// <summary>The receiving side of a broker.</summary>
public interface IPublicationListener
{
    /// <summary>
    /// Takes publications of one channel. The broker calls it for one channel in order and never twice at a time; it returns soon, never waits for a client and does not throw.
    /// </summary>
    /// <param name="channel">The channel's name. May be a channel that was given up a moment ago.</param>
    /// <param name="publications">
    /// One, or several that came together, in order: then each client is written to once. A broker does not wait for more to come. Their data is valid during the call alone: the broker may
    /// reuse the memory.
    /// </param>
    void Deliver(string channel, params ReadOnlySpan<Publication> publications);

    /// <summary>
    /// Says that the broker has lost its back end, or a part of it: until <see cref="Resubscribed"/>, publications may be missing. Called before anything is delivered that comes behind
    /// the loss, and once more before anything is that comes behind the return. Returns soon and does not throw.
    /// </summary>
    void Interrupted();

    /// <summary>
    /// Says that the broker is subscribed again to all it holds: what was published meanwhile did not come, and may be read from the history. Returns soon and does not throw.
    /// </summary>
    void Resubscribed();
}
