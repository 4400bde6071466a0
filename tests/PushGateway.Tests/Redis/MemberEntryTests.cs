using PushGateway.Presence;
using PushGateway.Redis.Presence;

namespace PushGateway.Tests.Redis;

public sealed class MemberEntryTests
{
    private static readonly MembershipRules Rules = new(Announces: true, TimeSpan.Zero);

    public static TheoryData<string, string, string?, string?> Members => new()
    {
        { "news", "42", null, null },
        { "news", "", null, "{}" },
        { "news", new string('x', 300), """{"name":"Åsa"}""", null },
        { "#42", "42", """{"name":"Ada"}""", "1" },
        { "#42", "", null, null },
        { "#42", "43", null, null },
        { "news#42", "42", new string('é', 40_000), new string('y', 128) },
    };

    [Theory]
    [MemberData(nameof(Members))]
    public void What_is_written_is_read(string channel, string user, string? connectionInfo, string? channelInfo)
    {
        var membership = new Membership(channel, Guid.NewGuid(), user, Rules) { ConnectionInfo = connectionInfo, ChannelInfo = channelInfo };
        foreach (var token in (long[])[0, 127, 128, int.MaxValue])
        {
            var entry = MemberEntry.Write((byte)'m', membership, token);

            Assert.Equal((byte)'m', entry[0]);
            Assert.Equal(MemberEntry.IdOf(membership.Connection), entry[1..17]);
            Assert.True(MemberEntry.TryRead(channel, entry.AsSpan(1), out var info));
            Assert.Equal(membership.ToClientInfo(), info);
        }
    }

    [Fact]
    public void The_token_tells_two_memberships_apart_that_are_alike()
    {
        var membership = new Membership("news", Guid.NewGuid(), "42", Rules);

        Assert.NotEqual(MemberEntry.Write(1, membership, 1), MemberEntry.Write(1, membership, 2));
    }

    [Fact]
    public void The_entry_of_a_user_in_its_own_channel_is_small_whatever_its_name()
    {
        var user = new string('x', 254);

        Assert.Equal(1 + 16 + 3, MemberEntry.Write(1, new Membership("#" + user, Guid.NewGuid(), user, Rules), 1).Length);
    }

    [Fact]
    public void Ids_are_ordered_as_their_bytes_are()
    {
        var ids = Enumerable.Range(0, 1_000).Select(_ => Guid.NewGuid()).Concat([Guid.Empty, Guid.AllBitsSet]).Order().ToArray();

        for (var i = 1; i < ids.Length; i++)
            Assert.True(MemberEntry.IdOf(ids[i - 1]).AsSpan().SequenceCompareTo(MemberEntry.IdOf(ids[i])) < 0);
    }

    [Theory]
    [InlineData("00000000-0000-0000-0000-000000000000", "00000000000000000000000000000001")]
    [InlineData("00000000-0000-0000-0000-0000000000ff", "00000000000000000000000000000100")]
    [InlineData("7fffffff-ffff-ffff-ffff-ffffffffffff", "80000000000000000000000000000000")]
    [InlineData("ffffffff-ffff-ffff-ffff-ffffffffffff", "")]
    public void Behind_an_id_is_the_next(string id, string next) => Assert.Equal(Convert.FromHexString(next), MemberEntry.IdBehind(Guid.Parse(id)));

    [Fact]
    public void Survives_anything()
    {
        var random = new Random(1);
        var entry = MemberEntry.Write(1, new Membership("news", Guid.NewGuid(), "42", Rules) { ConnectionInfo = "{}", ChannelInfo = "[]" }, 1)[1..];
        for (var i = 0; i < 100_000; i++)
        {
            var bytes = entry[..random.Next(entry.Length + 1)];
            for (var changes = random.Next(6); changes > 0 && bytes.Length > 0; changes--)
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            if (MemberEntry.TryRead("#42", bytes, out var info))
                Assert.NotNull(info.User);
        }
    }
}
