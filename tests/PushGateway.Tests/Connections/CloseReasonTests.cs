using System.Reflection;
using System.Text;
using PushGateway.Connections;

namespace PushGateway.Tests.Connections;

public class CloseReasonTests
{
    private static readonly CloseReason[] All =
        [.. typeof(CloseReason).GetFields(BindingFlags.Public | BindingFlags.Static).Select(field => field.GetValue(null)).OfType<CloseReason>()];

    [Fact]
    public void Every_text_fits_into_a_close_frame() => Assert.All(All, reason => Assert.True(Encoding.UTF8.GetByteCount(reason.Text) <= 123));

    [Fact]
    public void Every_code_is_there_once() => Assert.Distinct(All.Select(reason => reason.Code));

    [Fact]
    public void Every_code_may_be_sent_by_a_server() =>
        Assert.All(All, reason => Assert.True(reason.Code is 1000 or 1001 or 1002 or 1007 or 1009 or (>= 3000 and < 5000)));

    [Theory]
    [InlineData("GoingAway", 1001)]
    [InlineData("ProtocolViolation", 1002)]
    [InlineData("InvalidUtf8", 1007)]
    [InlineData("MessageTooBig", 1009)]
    [InlineData("Shutdown", 3001)]
    [InlineData("ServerError", 3004)]
    [InlineData("Slow", 3008)]
    [InlineData("ForceReconnect", 3011)]
    [InlineData("NoPong", 3012)]
    [InlineData("BadRequest", 3501)]
    [InlineData("Stale", 3502)]
    [InlineData("ForceDisconnect", 3503)]
    [InlineData("InappropriateProtocol", 3506)]
    [InlineData("NotAvailable", 3508)]
    public void The_codes_are_those_of_the_protocol(string name, int code) =>
        Assert.Equal(code, ((CloseReason)typeof(CloseReason).GetField(name)!.GetValue(null)!).Code);
}
