namespace PushGateway.Presence;

/// <summary><see cref="PresenceQuery.After"/> is not what a page gave as <see cref="PresencePage.Next"/>.</summary>
public sealed class InvalidCursorException : ArgumentException
{
    /// <summary>Makes one with a general message.</summary>
    public InvalidCursorException() : base("The cursor is not what a page gave as its next.") { }

    /// <summary>Makes one with a message.</summary>
    public InvalidCursorException(string message) : base(message) { }

    /// <summary>Makes one with a message and its cause.</summary>
    public InvalidCursorException(string message, Exception innerException) : base(message, innerException) { }
}
