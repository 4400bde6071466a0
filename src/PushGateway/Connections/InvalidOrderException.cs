namespace PushGateway.Connections;

/// <summary>An order to the connections of a user breaks a rule; nothing was done.</summary>
/// <param name="field">The part at fault, as the HTTP API spells it.</param>
/// <param name="why">What is wrong with it, as the end of a sentence that begins with the field's name.</param>
internal sealed class InvalidOrderException(string field, string why) : ArgumentException($"{field} {why}.")
{
    /// <summary>The part at fault, as the HTTP API spells it.</summary>
    public string Field { get; } = field;

    /// <summary>What is wrong with it, as the end of a sentence that begins with the field's name.</summary>
    public string Why { get; } = why;
}
