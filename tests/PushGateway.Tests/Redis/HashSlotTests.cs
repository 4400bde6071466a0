using System.Text;
using PushGateway.Redis.PubSub;

namespace PushGateway.Tests.Redis;

public sealed class HashSlotTests
{
    // 12739 is the check value of the specification, CRC16("123456789") = 0x31C3; the others were asked of a Redis 7.0: CLUSTER KEYSLOT.
    [Theory]
    [InlineData("123456789", 12739)]
    [InlineData("", 0)]
    [InlineData("foo{}{bar}", 8363)]
    [InlineData("foo{{bar}}zap", 4015)]
    [InlineData("foo{bar}{zap}", 5061)]
    [InlineData("foo{bar", 15278)]
    [InlineData("pg:c:{news}", 5161)]
    [InlineData("pg:h:{news}", 5161)]
    [InlineData("pg:{cluster}:control", 14041)]
    public void Is_what_redis_says(string key, int slot) => Assert.Equal(slot, HashSlot.Of(Encoding.ASCII.GetBytes(key)));

    [Fact]
    public void All_that_belongs_to_one_channel_is_in_one_slot()
    {
        var channels = new TopicSpace("pg:c:{", "}", (_, _) => { });

        Assert.Equal(HashSlot.Of("pg:h:{user:#42}"u8), channels.SlotOf("user:#42"));
    }
}
