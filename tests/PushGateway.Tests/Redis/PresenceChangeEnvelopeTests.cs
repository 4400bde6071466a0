using PushGateway.Channels;
using PushGateway.Presence;
using PushGateway.Redis.Brokers;
using PushGateway.Redis.Presence;

namespace PushGateway.Tests.Redis;

public sealed class PresenceChangeEnvelopeTests
{
    private static readonly Membership Ann = new("news", Guid.NewGuid(), "ann", new MembershipRules(Announces: true, TimeSpan.Zero)) { ConnectionInfo = "{}" };
    private static readonly Guid Other = Guid.NewGuid();

    [Theory]
    [InlineData(1, PresenceChangeKind.Joined)]
    [InlineData(2, PresenceChangeKind.Left)]
    [InlineData(3, PresenceChangeKind.Returned)]
    public void What_the_script_writes_is_read(byte kind, PresenceChangeKind expected)
    {
        Assert.True(PresenceChangeEnvelope.TryRead("news", Write(kind, 5, 7), out var change));

        Assert.Equal(new PresenceChange(expected, 5, 7, Ann.ToClientInfo(), kind == 3 ? Other.ToString() : null), change);
    }

    [Fact]
    public void It_is_no_publication_and_no_publication_is_one()
    {
        // A node of an older version drops it.
        Assert.False(Envelope.TryRead(Write(1, 0, 1), out _));

        var publication = new Publication("{}"u8.ToArray());
        var envelope = new byte[Envelope.GetLength(publication)];
        Envelope.Write(publication, envelope);
        Assert.False(PresenceChangeEnvelope.TryRead("news", envelope, out _));
        Assert.False(PresenceChangeEnvelope.TryRead("news", "{}"u8, out _));
        Assert.False(PresenceChangeEnvelope.TryRead("news", [], out _));
    }

    [Theory]
    [InlineData(0, 0UL, 1UL)]
    [InlineData(4, 0UL, 1UL)] // A kind from the future.
    [InlineData(1, 1UL, 1UL)]
    [InlineData(1, 0UL, ulong.MaxValue)]
    public void What_cannot_be_is_none(byte kind, ulong previous, ulong sequence) =>
        Assert.False(PresenceChangeEnvelope.TryRead("news", Write(kind, previous, sequence), out _));

    [Fact]
    public void Survives_anything()
    {
        var random = new Random(1);
        for (var i = 0; i < 100_000; i++)
        {
            var whole = Write((byte)(1 + (i % 3)), 1, 2);
            var bytes = whole[..random.Next(whole.Length + 1)];
            for (var changes = random.Next(6); changes > 0 && bytes.Length > 0; changes--)
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            if (PresenceChangeEnvelope.TryRead("news", bytes, out var change))
                Assert.True(change.Sequence > change.Previous);
        }
    }

    private static byte[] Write(byte kind, ulong previous, ulong sequence) =>
    [
        0xC0, kind, .. BitConverter.GetBytes(previous), .. BitConverter.GetBytes(sequence), .. kind == 3 ? MemberEntry.IdOf(Other) : [], .. MemberEntry.Write(0, Ann, 1)[1..],
    ];
}
