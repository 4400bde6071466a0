using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using PushGateway.Presence;

namespace PushGateway.Brokers.Memory;

/// <summary>The users that came or went, until those who watch them are told. One that changes again before that is told of once, as it stands then.</summary>
/// <param name="gate">Guards the users.</param>
/// <param name="time">When to try again.</param>
/// <param name="logger">Hears of defects.</param>
internal sealed partial class UserAnnouncements(Lock gate, TimeProvider time, ILogger logger) : IAsyncDisposable
{
    private static readonly TimeSpan AgainAfter = TimeSpan.FromSeconds(1);

    // Holds each user once, however often it changes: that is its bound.
    private readonly Channel<MemoryUser> _users = Channel.CreateUnbounded<MemoryUser>();
    private readonly CancellationTokenSource _stopping = new();
    private Task _announcing = Task.CompletedTask;

    public void Start(IPresenceListener listener) => _announcing = AnnounceAsync(listener, _stopping.Token);

    public void AddNeedsLock(MemoryUser user)
    {
        if (!user.IsPending)
            user.IsPending = _users.Writer.TryWrite(user);
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _announcing;
    }

    private async Task AnnounceAsync(IPresenceListener listener, CancellationToken cancellationToken)
    {
        try
        {
            while (await _users.Reader.WaitToReadAsync(cancellationToken))
                if (!await TryAnnounceAllAsync(listener, cancellationToken))
                    await Task.Delay(AgainAfter, time, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
        }
    }

    private async Task<bool> TryAnnounceAllAsync(IPresenceListener listener, CancellationToken cancellationToken)
    {
        var isDone = true;
        for (var count = _users.Reader.Count; count > 0 && _users.Reader.TryRead(out var user); count--)
        {
            if (await TryAnnounceAsync(listener, user, cancellationToken))
                continue;

            isDone = false;
            lock (gate)
                AddNeedsLock(user);
        }

        return isDone;
    }

    private async Task<bool> TryAnnounceAsync(IPresenceListener listener, MemoryUser user, CancellationToken cancellationToken)
    {
        UserPresence presence;
        long version;
        lock (gate)
        {
            user.IsPending = false;
            (presence, version) = (user.ToPresence(), user.Version);
        }

        try
        {
            await listener.AnnounceAsync(presence, version, cancellationToken);
            return true;
        }
        catch (BrokerUnavailableException)
        {
            return false;
        }
#pragma warning disable CA1031 // One user that cannot be told of must not stop the telling of all others.
        catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
        {
            Log.AnnouncingFailed(logger, user.Id, failure);
            return true;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "Those who watch user {User} could not be told that it came online or went offline.")]
        public static partial void AnnouncingFailed(ILogger logger, string user, Exception failure);
    }
}
