using System.Globalization;
using System.Text;

namespace PushGateway.Faults;

/// <summary>What was acknowledged, and what became of it.</summary>
/// <param name="Lines">One for each channel.</param>
/// <param name="Subscribers">How many subscribers the lines sum up.</param>
/// <param name="FirstRefusal">What the node said that first refused a notification; null when none did.</param>
public sealed record Account(IReadOnlyList<AccountLine> Lines, int Subscribers, string? FirstRefusal)
{
    private static readonly CompositeFormat Row = CompositeFormat.Parse("{0,-30} {1,12} {2,10} {3,8} {4,12} {5,6} {6,10} {7,12} {8,8} {9,6} {10,8} {11,8}");

    /// <summary>The sum over all channels.</summary>
    public AccountLine Total { get; } = AccountLine.Sum("sum", Lines);

    /// <summary>The verdict in a sentence.</summary>
    public string Verdict
    {
        get
        {
            if (Total.Acknowledged == 0)
                return $"No verdict: nothing was acknowledged. {FirstRefusal}";
            if (!Total.IsKept)
                return Text($"The promise was broken: {Total.Lost} lost, {Total.Duplicated} duplicated, {Total.OutOfOrder} out of order, {Total.Invented} never published.");
            return Total.TimesTold == 0
                ? Text($"The promise was kept: each of {Total.Acknowledged} notifications reached all {Subscribers} subscribers, once and in order.")
                : Text($"The promise was kept, but the history was not: subscribers were told {Total.TimesTold} times that they could not recover, and missed {Total.ToldMissing}.");
        }
    }

    /// <summary>One line about how it goes.</summary>
    public string Progress => Text(
        $"acknowledged {Total.Acknowledged}, unanswered {Total.Unanswered}, refused {Total.Refused}; seen {Total.Seen}, to come {Total.Behind}; lost {Total.PassedOver}, duplicated {Total.Duplicated}, out of order {Total.OutOfOrder}, told {Total.TimesTold}");

    /// <summary>The table: a line for each channel, and the sum.</summary>
    public override string ToString()
    {
        var table = new StringBuilder();
        Append(table, ["channel", "acknowledged", "unanswered", "refused", "seen", "lost", "duplicated", "out of order", "invented", "told", "missing", "repeated"]);
        foreach (var line in Lines.Append(Total))
            Append(
                table,
                [
                    line.Channel, line.Acknowledged, line.Unanswered, line.Refused, line.Seen, line.Lost, line.Duplicated, line.OutOfOrder, line.Invented, line.TimesTold,
                    line.ToldMissing, line.ToldRepeated,
                ]);
        return table.Append(Text($"What was seen and what follows is the sum over {Subscribers} subscribers.")).ToString();
    }

    private static void Append(StringBuilder table, object[] cells) => table.AppendFormat(CultureInfo.InvariantCulture, Row, cells).Append('\n');

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
