using System.Buffers;
using Microsoft.Extensions.Options;

namespace PushGateway.Redis;

/// <summary>Says at start-up what is wrong with the settings, without repeating the connection string: it may hold a password.</summary>
internal sealed class RedisOptionsValidator : IValidateOptions<RedisOptions>
{
    private static readonly SearchValues<char> PrefixCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.:");

    public ValidateOptionsResult Validate(string? name, RedisOptions options)
    {
        var result = new ValidateOptionsResultBuilder();
        try
        {
            RedisConfiguration.Read(options);
        }
        catch (InvalidConnectionException wrong)
        {
            result.AddError(wrong.Why, wrong.Setting);
        }

        if (options.Prefix is not { Length: > 0 and <= 64 } || options.Prefix.AsSpan().ContainsAnyExcept(PrefixCharacters))
            result.AddError("must be 1 to 64 ASCII letters, digits or -_.:", nameof(options.Prefix));
        AtLeast(options.CommandTimeout, TimeSpan.FromMilliseconds(100), nameof(options.CommandTimeout));
        AtLeast(options.ProbeInterval, TimeSpan.FromMilliseconds(100), nameof(options.ProbeInterval));
        AtLeast(options.ProbeTimeout, options.ProbeInterval, nameof(options.ProbeTimeout));
        AtLeast(options.ReconnectMaxDelay, TimeSpan.FromMilliseconds(100), nameof(options.ReconnectMaxDelay));
        AtLeast(options.HeartbeatInterval, TimeSpan.FromMilliseconds(100), nameof(options.HeartbeatInterval));
        AtLeast(options.LeaseDuration, options.HeartbeatInterval * 2, nameof(options.LeaseDuration));
        AtLeast(options.ReplyTimeout, TimeSpan.FromMilliseconds(50), nameof(options.ReplyTimeout));
        if (options.MaxMessageBytes < 64 * 1024)
            result.AddError("must be at least 65536 bytes", nameof(options.MaxMessageBytes));
        if (options.MaxPendingSubscriptions < 1_000)
            result.AddError("must be at least 1000", nameof(options.MaxPendingSubscriptions));
        if (options.MaxPendingPublishBytes < 1024 * 1024)
            result.AddError("must be at least 1048576 bytes", nameof(options.MaxPendingPublishBytes));
        return result.Build();

        // An hour bounds what is surely a slip of the unit, and keeps all times within what timers can hold.
        void AtLeast(TimeSpan value, TimeSpan least, string member)
        {
            if (value < least || value > TimeSpan.FromHours(1))
                result.AddError($"must be between {least} and 01:00:00", member);
        }
    }
}
