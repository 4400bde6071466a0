using System.Buffers;
using Microsoft.Extensions.Options;
using PushGateway.Channels;

namespace PushGateway.Presence;

/// <summary>Keeps what is asked of presence within its limits, then asks the back end.</summary>
internal sealed class PresenceReader(IPresence presence, ChannelDirectory channels, IOptions<PushGatewayOptions> options) : IPresenceReader
{
    // What all back ends make their cursors of. Each knows by itself which of these are its own.
    private static readonly SearchValues<char> InCursors = SearchValues.Create("-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz");

    private readonly bool _keepsUsers = options.Value.UserPresence.Enabled;

    /// <inheritdoc/>
    public ValueTask<PresencePage> ReadAsync(string channel, PresenceQuery query, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(query);
        ArgumentOutOfRangeException.ThrowIfNegative(query.Limit, nameof(query));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(query.Limit, IPresence.MaxPageSize, nameof(query));
        Check(channel);
        if (query.After is { } after && (after.Length == 0 || after.AsSpan().ContainsAnyExcept(InCursors)))
            throw new InvalidCursorException();

        return presence.ReadAsync(channel, query, cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<PresenceStats> CountAsync(string channel, CancellationToken cancellationToken = default)
    {
        Check(channel);
        return presence.CountAsync(channel, cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<UserPresence>> ReadUsersAsync(IReadOnlyList<string> users, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(users);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(users.Count, IPresence.MaxUsers, nameof(users));
        for (var i = 0; i < users.Count; i++)
            if (!ChannelName.IsUser(users[i], out var why))
                throw new ArgumentException($"users[{i}] {why}.", nameof(users));

        return _keepsUsers ? presence.ReadUsersAsync(users, cancellationToken) : throw new InvalidOperationException($"It is not kept who is online. {PresenceSettings.OfUsers}");
    }

    private void Check(string channel)
    {
        if (!channels.TryGetRules(channel, out var rules, out var why))
            throw new ArgumentException($"The channel {why}.", nameof(channel));

        if (!rules.KeepsPresence)
            throw new InvalidOperationException($"It is not kept who is in {channel}. {PresenceSettings.Of(channel)}");
    }
}
