namespace PushGateway.Faults;

/// <summary>What a publisher knows of a notification in the end.</summary>
public enum Outcome
{
    /// <summary>Answered with success: it must arrive once.</summary>
    Acknowledged,

    /// <summary>No answer came, or one that leaves it open: it may arrive once or not at all.</summary>
    Unanswered,

    /// <summary>Answered with an error that says that it was not taken, or never sent: it must not arrive.</summary>
    Refused,
}
