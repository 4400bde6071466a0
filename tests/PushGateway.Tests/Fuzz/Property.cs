namespace PushGateway.Tests.Fuzz;

/// <summary>What holds for a reader whatever it is given, checked by tests for seconds and by <c>tests/PushGateway.Fuzz</c> for as long as one likes.</summary>
/// <param name="name">As in <c>Fuzz/corpus</c>.</param>
/// <param name="telling">See <see cref="Mutator"/>.</param>
internal abstract class Property(string name, byte[] telling)
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<Property> All { get; } = [new FrameProperty(), new HandshakeProperty(), new CommandProperty(), new TokenProperty()];

    public string Name => name;

    public ReadOnlyMemory<byte> Telling => telling;

    /// <summary>How many inputs were read by the reader, and not refused. A run in which there are none has tested nothing.</summary>
    public long Accepted { get; protected set; }

    /// <summary>Throws when it does not hold.</summary>
    /// <param name="mutator">For what else is left to chance.</param>
    /// <param name="input">Is changed by none.</param>
    public abstract void Check(Mutator mutator, byte[] input);

    protected static void Require(bool holds, string what)
    {
        if (!holds)
            throw new InvalidOperationException(what);
    }
}
