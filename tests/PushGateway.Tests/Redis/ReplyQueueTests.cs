using PushGateway.Redis.Publishing;

namespace PushGateway.Tests.Redis;

public sealed class ReplyQueueTests
{
    [Fact]
    public void It_does_what_a_list_does()
    {
        var random = new Random(1);
        var queue = new ReplyQueue();
        var model = new LinkedList<ExpectedReply>();
        var next = 0;
        for (var round = 0; round < 50; round++)
        {
            // Up to many, and down to none: it grows and shrinks.
            for (var i = random.Next(10_000); i > 0; i--)
            {
                var expected = new ExpectedReply(null, ReplyUse.Plain, random.Next(1_000), next++);
                queue.Enqueue(in expected);
                model.AddLast(expected);
            }

            for (var i = round % 5 == 0 ? model.Count : random.Next(model.Count + 1); i > 0; i--)
            {
                var last = random.Next(10) == 0;
                var node = last ? model.Last! : model.First!;
                Assert.True(last ? queue.TryDequeueLast(out var taken) : queue.TryDequeue(out taken));
                Assert.Equal(node.Value, taken);
                model.Remove(node);
            }

            Assert.Equal(model.Count, queue.Count);
            Assert.Equal(model.Sum(expected => (long)expected.Bytes), queue.Bytes);
            for (var i = 0; i < Math.Min(10, queue.Count); i++)
                Assert.Equal(model.ElementAt(i), queue[i]);
        }
    }

    [Fact]
    public void An_empty_one_gives_nothing()
    {
        var queue = new ReplyQueue();

        Assert.False(queue.TryDequeue(out _));
        Assert.False(queue.TryDequeueLast(out _));
    }
}
