using System.Text;
using Microsoft.Extensions.Options;
using PushGateway.Channels;
using PushGateway.Presence;

namespace PushGateway.Tests.Presence;

public class PresenceListenerTests
{
    private static readonly DateTimeOffset Moment = new(2026, 11, 22, 10, 0, 0, 123, TimeSpan.Zero);

    private readonly TestNode _node = new(options =>
    {
        options.Namespaces["online"] = new ChannelOptions { HistorySize = 1 };
        options.UserPresence.ChangesNamespace = "online";
    });

    [Fact]
    public async Task That_a_user_comes_and_goes_is_published_for_those_who_watch()
    {
        await AnnounceAsync(new UserPresence("42", 1, Moment, null), 7);
        await AnnounceAsync(new UserPresence("42", 0, null, Moment), 8);
        Assert.Equal(
            [
                ("online:42", """{"user":"42","online":true,"since":"2026-11-22T10:00:00.123Z"}"""),
                ("online:42", """{"user":"42","online":false,"lastSeen":"2026-11-22T10:00:00.123Z"}"""),
            ],
            _node.Broker.Published.Select(entry => (entry.Channel, Encoding.UTF8.GetString(entry.Publication.Data.Span))));
        Assert.Equal([7UL, 8UL], _node.Broker.Options.Select(options => options.Version!.Value));
        Assert.All(_node.Broker.Options, options => Assert.Equal(1, options.History!.Size));
    }

    [Theory]
    [InlineData("a#b")]
    [InlineData("0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789")]
    public async Task Users_whose_id_makes_no_name_of_a_channel_cannot_be_watched(string user)
    {
        await AnnounceAsync(new UserPresence(user, 1, Moment, null), 7);
        Assert.Empty(_node.Broker.Published);
    }

    private async Task AnnounceAsync(UserPresence user, long version)
    {
        var options = Options.Create(_node.Options);
        var listener = new PresenceListener(_node.Hub, _node.Broker, new ChannelDirectory(options), options);
        await listener.AnnounceAsync(user, version, TestContext.Current.CancellationToken);
    }
}
