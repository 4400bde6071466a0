using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using PushGateway.Api;
using PushGateway.Channels;

namespace PushGateway.Tests.Api;

public class HistoryRequestTests
{
    public static TheoryData<string, HistoryQuery> Good => new()
    {
        { "", new HistoryQuery(100) },
        { "?limit=0", new HistoryQuery(0) },
        { "?limit=100&reverse=true", new HistoryQuery(100, Reverse: true) },
        { "?limit=007&reverse=false", new HistoryQuery(7) },
        { "?sinceOffset=0&epoch=e", new HistoryQuery(100, new StreamPosition(0, "e")) },
        { "?epoch=%C4%8D&sinceOffset=9007199254740991", new HistoryQuery(100, new StreamPosition(9007199254740991, "č")) },
        { "?limit=1&something=else", new HistoryQuery(1) },
    };

    [Theory]
    [MemberData(nameof(Good), DisableDiscoveryEnumeration = true)]
    public void A_query_is_read(string given, HistoryQuery expected)
    {
        Assert.True(TryRead(given, out var query, out _, out _));
        Assert.Equal(expected, query);
    }

    [Theory]
    [InlineData("limit", "?limit=-1")]
    [InlineData("limit", "?limit=101")]
    [InlineData("limit", "?limit=99999999999999999999")]
    [InlineData("limit", "?limit=1.5")]
    [InlineData("limit", "?limit=1e1")]
    [InlineData("limit", "?limit=%201")]
    [InlineData("limit", "?limit=%2B1")]
    [InlineData("limit", "?limit=ten")]
    [InlineData("limit", "?limit=")]
    [InlineData("limit", "?limit=1&limit=1")]
    [InlineData("limit", "?limit=%D9%A1")]
    [InlineData("reverse", "?reverse=")]
    [InlineData("reverse", "?reverse=1")]
    [InlineData("reverse", "?reverse=True")]
    [InlineData("reverse", "?reverse=yes")]
    [InlineData("reverse", "?reverse=true&reverse=true")]
    [InlineData("sinceOffset", "?sinceOffset=-1&epoch=e")]
    [InlineData("sinceOffset", "?sinceOffset=&epoch=e")]
    [InlineData("sinceOffset", "?sinceOffset=x&epoch=e")]
    [InlineData("sinceOffset", "?sinceOffset=1.0&epoch=e")]
    [InlineData("sinceOffset", "?sinceOffset=9007199254740992&epoch=e")]
    [InlineData("sinceOffset", "?sinceOffset=18446744073709551616&epoch=e")]
    [InlineData("sinceOffset", "?sinceOffset=1&sinceOffset=2&epoch=e")]
    [InlineData("sinceOffset", "?epoch=e")]
    [InlineData("sinceOffset", "?epoch=")]
    [InlineData("epoch", "?sinceOffset=1")]
    [InlineData("epoch", "?sinceOffset=0")]
    [InlineData("epoch", "?sinceOffset=1&epoch=")]
    public void The_parameter_at_fault_is_named(string expected, string given)
    {
        Assert.False(TryRead(given, out _, out var field, out var why));
        Assert.Equal(expected, field);
        Assert.NotEmpty(why!);
    }

    private static bool TryRead(string given, out HistoryQuery? query, out string? field, out string? why) =>
        HistoryRequest.TryRead(new QueryCollection(QueryHelpers.ParseQuery(given)), maxPageSize: 100, out query, out field, out why);
}
