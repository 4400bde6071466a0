namespace PushGateway.Brokers;

/// <summary>The broker's back end cannot be reached or did not answer in time. Trying again later may help.</summary>
public sealed class BrokerUnavailableException : Exception
{
    /// <summary>Makes one with a general message.</summary>
    public BrokerUnavailableException() : this("The broker is not available.") { }

    /// <summary>Makes one with a message for operators.</summary>
    public BrokerUnavailableException(string message) : base(message) { }

    /// <summary>Makes one with a message for operators and its cause.</summary>
    public BrokerUnavailableException(string message, Exception innerException) : base(message, innerException) { }
}
