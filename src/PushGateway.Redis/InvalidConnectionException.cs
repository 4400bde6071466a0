namespace PushGateway.Redis;

/// <summary>The settings of the way to Redis cannot be used.</summary>
/// <param name="setting">The one at fault, of <see cref="RedisOptions"/>.</param>
/// <param name="why">What is wrong with it, as the end of a sentence that begins with the setting. Repeats nothing of it: it may be a password.</param>
internal sealed class InvalidConnectionException(string setting, string why) : Exception($"{RedisOptions.Section}:{setting} {why}.")
{
    public string Setting { get; } = setting;

    public string Why { get; } = why;
}
