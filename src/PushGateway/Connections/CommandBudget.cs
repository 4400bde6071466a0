namespace PushGateway.Connections;

/// <summary>
/// How many commands a client may still send: so many a second, and as many at once as were saved up. Whoever goes on when it is used up runs into debt, and ends with a debt as large as what
/// could be saved. Used by the one thread that handles the client's commands.
/// </summary>
internal struct CommandBudget
{
    private long _at;
    private float _left;

    /// <summary>Counts a command.</summary>
    public Verdict Take(ConnectionOptions options, TimeProvider time)
    {
        if (options.CommandsPerSecond == 0)
            return Verdict.Granted;

        var now = time.GetTimestamp();
        _left = _at == 0 ? options.CommandBurst : (float)Math.Min(options.CommandBurst, _left + ((double)(now - _at) / time.TimestampFrequency * options.CommandsPerSecond));
        _at = now;
        _left--;
        return _left >= 0 ? Verdict.Granted : _left >= -options.CommandBurst ? Verdict.Refused : Verdict.Exceeded;
    }

    public enum Verdict : byte
    {
        Granted,

        /// <summary>The command is not carried out.</summary>
        Refused,

        /// <summary>Nor is any other.</summary>
        Exceeded,
    }
}
