using PushGateway.Api.Batch;

namespace PushGateway.Tests.Api.Batch;

public class ChannelOrderTests
{
    private readonly ChannelOrder _order = new();

    [Fact]
    public void Nothing_comes_before_what_is_alone_on_its_channels()
    {
        _order.Add(["a", "b"], new TaskCompletionSource().Task);
        Assert.Null(_order.Before(["c", "d"]));
    }

    [Fact]
    public void The_last_on_a_channel_comes_before_the_next_until_it_is_over()
    {
        var (first, second) = (new TaskCompletionSource(), new TaskCompletionSource());
        _order.Add(["a"], first.Task);
        Assert.Same(first.Task, _order.Before(["b", "a", "a"]));
        _order.Add(["a"], second.Task);
        Assert.Same(second.Task, _order.Before(["a"]));
        second.SetResult();
        Assert.Null(_order.Before(["a"]));
    }

    [Fact]
    public void What_goes_to_several_channels_waits_for_all_of_them()
    {
        var (first, second) = (new TaskCompletionSource(), new TaskCompletionSource());
        _order.Add(["a"], first.Task);
        _order.Add(["b"], second.Task);
        var before = _order.Before(["a", "b"])!;
        first.SetResult();
        Assert.False(before.IsCompleted);
        second.SetResult();
        Assert.True(before.IsCompletedSuccessfully);
    }

    [Fact]
    public void What_is_over_is_forgotten_and_what_is_not_is_kept()
    {
        var held = new TaskCompletionSource();
        _order.Add(["held"], held.Task);
        for (var i = 0; i < 100_000; i++)
        {
            var one = new TaskCompletionSource();
            _order.Add([$"c{i}"], one.Task);
            one.SetResult();
        }

        Assert.Same(held.Task, _order.Before(["held"]));
        Assert.InRange(_order.Count, 1, 2_000);
    }
}
