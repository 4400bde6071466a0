using System.Text;
using PushGateway.Load;

namespace PushGateway.Tests.Load;

public class MarkerTests
{
    private static readonly Marker First = new(1_234_567_890_123_456, 0xFFFF_FFFE, 18_999), Second = new(7, 0, 0);

    [Fact]
    public void All_markers_of_a_message_are_found_in_order()
    {
        ReadOnlySpan<byte> text = Encoding.UTF8.GetBytes("""{"channel":"@@a","data":""" + $"\"{Text(First)}xxx@\"@@{Text(Second)}");
        Assert.True(Marker.TryFind(ref text, out var first));
        Assert.True(Marker.TryFind(ref text, out var second));
        Assert.False(Marker.TryFind(ref text, out _));
        Assert.Equal((First, Second), (first, second));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("@@")]
    [InlineData("@@00000000000000000000000000000000@")]
    [InlineData("@@0000000000000000000000000000000g@@")]
    [InlineData("@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@")]
    public void What_is_no_marker_is_passed_over(string text)
    {
        ReadOnlySpan<byte> bytes = Encoding.UTF8.GetBytes(text);
        Assert.False(Marker.TryFind(ref bytes, out _));
    }

    private static string Text(Marker marker)
    {
        var bytes = new byte[Marker.Length];
        marker.Write(bytes);
        return Encoding.ASCII.GetString(bytes);
    }
}
