using PushGateway.Security.Callbacks;

namespace PushGateway.Tests.Security.Callbacks;

public class WebhookSignatureTests
{
    // The example of the Standard Webhooks libraries.
    private const string Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", Id = "msg_p5jXN8AQM9LWM0D4loKWxJek", Expected = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

    private static ReadOnlySpan<byte> Body => """{"test": 2432232314}"""u8;

    [Fact]
    public void Signs_as_the_standard_has_it() => Assert.Equal(Expected, new WebhookSignature(Secret, null).Sign(Id, 1614265330, Body));

    [Fact]
    public void Signs_with_the_previous_secret_as_well()
    {
        var both = new WebhookSignature("a text of thirty-two bytes and more", Secret).Sign(Id, 1614265330, Body).Split(' ');
        Assert.Equal(2, both.Length);
        Assert.StartsWith("v1,", both[0], StringComparison.Ordinal);
        Assert.Equal(Expected, both[1]);
    }

    [Theory]
    [InlineData("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", 24)]
    [InlineData("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", 0)] // 23 bytes
    [InlineData("whsec_no base64 at all, though it is long enough", 0)]
    [InlineData("whsec_", 0)]
    [InlineData("0123456789abcdef0123456789abcdef", 32)]
    [InlineData("0123456789abcdef0123456789abcde", 0)]
    [InlineData("ключключключключ", 32)] // Two bytes each.
    [InlineData("", 0)]
    [InlineData(null, 0)]
    public void A_secret_is_long_enough_or_is_none(string? secret, int bytes)
    {
        Assert.Equal(bytes > 0, WebhookSignature.TryReadKey(secret, out var key));
        if (bytes > 0)
            Assert.Equal(bytes, key!.Length);
    }
}
