using System.Globalization;
using System.Text;

namespace PushGateway.IntegrationTests.Faults;

/// <summary>What was right and wrong in a trial of presence. The counts of what is wrong are 0 when the promise was kept.</summary>
internal sealed record PresenceAccount
{
    /// <summary>Connections of clients.</summary>
    public required int Sessions { get; init; }

    /// <summary>Answers of nodes that were compared with the truth.</summary>
    public required int Answers { get; init; }

    /// <summary>Questions that were not answered, by a node that was down or had no Redis.</summary>
    public required int Refused { get; init; }

    /// <summary>Joins and leaves that observers were told.</summary>
    public required int Events { get; init; }

    /// <summary>Counted or listed although gone for longer than the bound, or never there.</summary>
    public required int Ghosts { get; init; }

    /// <summary>Not counted or listed although there.</summary>
    public required int Missing { get; init; }

    /// <summary>Answers whose parts do not agree: list and numbers, member and user.</summary>
    public required int Inconsistent { get; init; }

    /// <summary>Joins behind a join, leaves behind a leave, leaves of somebody who had not joined.</summary>
    public required int Doubled { get; init; }

    /// <summary>Leaves and joins again of somebody who was there all the time.</summary>
    public required int Flapped { get; init; }

    /// <summary>Joins and leaves that an observer was never told.</summary>
    public required int Lost { get; init; }

    /// <summary>Leaves of those whose node died that came later than the bound.</summary>
    public required int Late { get; init; }

    /// <summary>The longest that somebody was in an answer behind the death of the node, in seconds; null when none died.</summary>
    public required double? GoneAfter { get; init; }

    /// <summary>The longest that the leave of somebody took behind the death of the node, in seconds.</summary>
    public required double? LeftAfter { get; init; }

    /// <summary>The longest that somebody was missing in answers, of those whose node, or whose Redis, was out of order, in seconds.</summary>
    public required double? AwayFor { get; init; }

    /// <summary>The longest that somebody was missing behind the end of that, in seconds; negative when nobody was missing in the end.</summary>
    public required double? BackAfter { get; init; }

    /// <summary>The first things that were wrong, for those who look for the reason.</summary>
    public required IReadOnlyList<string> Findings { get; init; }

    /// <summary>Whether nothing was wrong.</summary>
    public bool IsKept => Ghosts + Missing + Inconsistent + Doubled + Flapped + Lost + Late == 0;

    public override string ToString()
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"connections {Sessions}, answers {Answers}, refused {Refused}, events {Events}\n");
        text.Append(CultureInfo.InvariantCulture, $"ghosts {Ghosts}, missing {Missing}, inconsistent {Inconsistent}, doubled {Doubled}, flapped {Flapped}, lost {Lost}, late {Late}\n");
        Append("gone from every answer after", GoneAfter);
        Append("leaves out after", LeftAfter);
        Append("away for", AwayFor);
        Append("back after", BackAfter);
        return text.AppendJoin('\n', Findings).ToString();

        void Append(string what, double? seconds)
        {
            if (seconds is not null)
                text.Append(CultureInfo.InvariantCulture, $"{what} {seconds:0.00} s\n");
        }
    }
}
