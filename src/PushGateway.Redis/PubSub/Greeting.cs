using StackExchange.Redis;

namespace PushGateway.Redis.PubSub;

/// <summary>What a connection of ours says first: who it is, and what for.</summary>
internal static class Greeting
{
    // Redis' answer to a password that it does not need. StackExchange.Redis goes on then, so we must: all ways to Redis have to work.
    private static ReadOnlySpan<byte> NoPasswordNeeded => "without any password configured"u8;

    /// <summary>Writes AUTH if there is a password; returns whether there is.</summary>
    public static bool WriteLogin(CommandWriter commands, ConfigurationOptions configuration)
    {
        if (string.IsNullOrEmpty(configuration.Password))
            return false;
        if (string.IsNullOrEmpty(configuration.User))
            commands.Command("AUTH", configuration.Password);
        else
            commands.Command("AUTH", configuration.User, configuration.Password);
        return true;
    }

    /// <summary>Writes the command that names the connection, for whoever looks at CLIENT LIST.</summary>
    public static void WriteName(CommandWriter commands, ConfigurationOptions configuration, string purpose) =>
        commands.Command("CLIENT", "SETNAME", $"{(configuration.ClientName ?? "pushgateway").Replace(' ', '-')}-{purpose}");

    /// <summary>Whether an error in answer to AUTH does no harm.</summary>
    public static bool IsUnneeded(ReadOnlySpan<byte> error) => error.IndexOf(NoPasswordNeeded) >= 0;
}
