using System.Globalization;

namespace PushGateway.Load;

/// <summary>What processes of this machine have used.</summary>
internal sealed class ProcessMeter(IReadOnlyList<int> processes)
{
    public bool HasAny => processes.Count > 0;

    public TimeSpan CpuTime => processes.Aggregate(TimeSpan.Zero, (sum, process) => sum + (Posix.CpuTime(process) ?? throw new IOException($"There is no process {process}.")));

    /// <summary>Resident memory, and that with shared pages divided among those who share them. In bytes; takes some milliseconds.</summary>
    public (long Resident, long Proportional) Memory
    {
        get
        {
            long resident = 0, proportional = 0;
            foreach (var process in processes)
                foreach (var line in File.ReadLines($"/proc/{process}/smaps_rollup"))
                {
                    resident += Kilobytes(line, "Rss:");
                    proportional += Kilobytes(line, "Pss:");
                }

            return (1024 * resident, 1024 * proportional);
        }
    }

    private static long Kilobytes(string line, string name) =>
        line.StartsWith(name, StringComparison.Ordinal) ? long.Parse(line.AsSpan(name.Length, line.Length - name.Length - "kB".Length), NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture) : 0;
}
