namespace PushGateway.Faults;

/// <summary>The account of one channel; what subscribers saw is the sum over all of them.</summary>
public sealed record AccountLine
{
    /// <summary>The channel, or what else the line is about.</summary>
    public required string Channel { get; init; }

    /// <summary>Notifications that were acknowledged to the publisher.</summary>
    public required long Acknowledged { get; init; }

    /// <summary>Notifications that were left open: they may arrive or not.</summary>
    public required long Unanswered { get; init; }

    /// <summary>Notifications that were not taken.</summary>
    public required long Refused { get; init; }

    /// <summary>How often the history began anew.</summary>
    public required long EpochChanges { get; init; }

    /// <summary>Publications that applications saw.</summary>
    public required long Seen { get; init; }

    /// <summary>Acknowledged notifications that an application passed over.</summary>
    public required long PassedOver { get; init; }

    /// <summary>Acknowledged notifications that an application has yet to see. When no more come, these are lost.</summary>
    public required long Behind { get; init; }

    /// <summary>Publications that an application saw again.</summary>
    public required long Duplicated { get; init; }

    /// <summary>Publications that came behind a later one.</summary>
    public required long OutOfOrder { get; init; }

    /// <summary>Publications that nobody had published, or that had been refused.</summary>
    public required long Invented { get; init; }

    /// <summary>How often an application was told <c>recovered: false</c>.</summary>
    public required long TimesTold { get; init; }

    /// <summary>Acknowledged notifications that an application did not see, as it was told.</summary>
    public required long ToldMissing { get; init; }

    /// <summary>Publications that an application saw again behind being told.</summary>
    public required long ToldRepeated { get; init; }

    /// <summary>Acknowledged notifications that an application did not see and was not told about.</summary>
    public long Lost => PassedOver + Behind;

    /// <summary>Whether the promise was kept.</summary>
    public bool IsKept => Lost + Duplicated + OutOfOrder + Invented == 0;

    /// <summary>Draws the line of a channel.</summary>
    public static AccountLine Of(ChannelLedger ledger, Reader[] readers) => new()
    {
        Channel = ledger.Channel,
        Acknowledged = ledger.Acknowledged,
        Unanswered = ledger.Unanswered,
        Refused = ledger.Refused,
        EpochChanges = ledger.EpochChanges,
        Seen = readers.Sum(reader => reader.Seen),
        PassedOver = readers.Sum(reader => reader.PassedOver),
        Behind = readers.Sum(reader => reader.Behind),
        Duplicated = readers.Sum(reader => reader.Duplicated),
        OutOfOrder = readers.Sum(reader => reader.OutOfOrder),
        Invented = readers.Sum(reader => reader.Invented),
        TimesTold = readers.Sum(reader => reader.TimesTold),
        ToldMissing = readers.Sum(reader => reader.ToldMissing + reader.ToldPending),
        ToldRepeated = readers.Sum(reader => reader.ToldRepeated),
    };

    /// <summary>Adds lines up.</summary>
    public static AccountLine Sum(string title, IReadOnlyCollection<AccountLine> lines) => new()
    {
        Channel = title,
        Acknowledged = lines.Sum(line => line.Acknowledged),
        Unanswered = lines.Sum(line => line.Unanswered),
        Refused = lines.Sum(line => line.Refused),
        EpochChanges = lines.Sum(line => line.EpochChanges),
        Seen = lines.Sum(line => line.Seen),
        PassedOver = lines.Sum(line => line.PassedOver),
        Behind = lines.Sum(line => line.Behind),
        Duplicated = lines.Sum(line => line.Duplicated),
        OutOfOrder = lines.Sum(line => line.OutOfOrder),
        Invented = lines.Sum(line => line.Invented),
        TimesTold = lines.Sum(line => line.TimesTold),
        ToldMissing = lines.Sum(line => line.ToldMissing),
        ToldRepeated = lines.Sum(line => line.ToldRepeated),
    };
}
