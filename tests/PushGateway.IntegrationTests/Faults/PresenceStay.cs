namespace PushGateway.IntegrationTests.Faults;

/// <summary>When somebody is there, as far as a witness outside can know. Times are since the trial began.</summary>
internal sealed class PresenceStay
{
    /// <summary>From when on it may be counted: it has asked for it.</summary>
    public TimeSpan? PossibleFrom { get; set; }

    /// <summary>From when on it must be counted: it was told that it is there.</summary>
    public TimeSpan? CertainFrom { get; set; }

    /// <summary>Until when it must be counted: it has gone, or its node has.</summary>
    public TimeSpan? CertainUntil { get; set; }

    /// <summary>Until when it may be counted: the bound.</summary>
    public TimeSpan? PossibleUntil { get; set; }

    /// <summary>Whether it is there all the time between two moments.</summary>
    public bool IsCertain(TimeSpan from, TimeSpan to) => CertainFrom <= from && (CertainUntil is not { } until || to <= until);

    /// <summary>Whether it may be there at some time between two moments.</summary>
    public bool IsPossible(TimeSpan from, TimeSpan to) => PossibleFrom <= to && (PossibleUntil is not { } until || from <= until);

    /// <summary>It has gone, at the latest now, and may be counted for so long.</summary>
    public void End(TimeSpan certainUntil, TimeSpan possibleUntil)
    {
        CertainUntil ??= certainUntil;
        PossibleUntil ??= possibleUntil;
    }
}
