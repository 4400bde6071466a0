namespace PushGateway.Notifications;

/// <summary>A notification breaks a rule; nothing was published.</summary>
public sealed class InvalidNotificationException : Exception
{
    /// <summary>Makes one with a general message.</summary>
    public InvalidNotificationException() : this("", "The notification is not valid.") { }

    /// <summary>Makes one with a message.</summary>
    public InvalidNotificationException(string message) : this("", message) { }

    /// <summary>Makes one with a message and its cause.</summary>
    public InvalidNotificationException(string message, Exception innerException) : base(message, innerException) { }

    /// <summary>Makes one that names the part at fault.</summary>
    /// <param name="field">The part at fault as the HTTP API spells it, such as <c>channels[3]</c>.</param>
    /// <param name="why">What is wrong with it.</param>
    /// <param name="tooLarge">Whether a size limit was passed.</param>
    public InvalidNotificationException(string field, string why, bool tooLarge = false) : base(field.Length > 0 ? $"{field} {why}" : why) =>
        (Field, Why, IsTooLarge) = (field, why, tooLarge);

    /// <summary>The part at fault as the HTTP API spells it, such as <c>channels[3]</c>; empty when it is the whole.</summary>
    public string Field { get; } = "";

    /// <summary>What is wrong with it, as the end of a sentence that begins with the field's name.</summary>
    public string Why { get; } = "";

    /// <summary>Whether a size limit was passed.</summary>
    public bool IsTooLarge { get; }
}
