namespace PushGateway.Brokers;

/// <summary>An idempotency key was used before for something else. Nothing was published.</summary>
public sealed class IdempotencyConflictException : Exception
{
    /// <summary>Makes one with a general message.</summary>
    public IdempotencyConflictException() : this("The idempotency key was used for another notification.") { }

    /// <summary>Makes one with a message for the publisher.</summary>
    public IdempotencyConflictException(string message) : base(message) { }

    /// <summary>Makes one with a message for the publisher and its cause.</summary>
    public IdempotencyConflictException(string message, Exception innerException) : base(message, innerException) { }
}
