using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using PushGateway.Api;
using PushGateway.Presence;

namespace PushGateway.Tests.Api;

public class PresenceRequestTests
{
    [Theory]
    [InlineData("", 100, null)]
    [InlineData("?limit=1", 1, null)]
    [InlineData("?limit=0100&after=aZ_-09&something=else", 100, "aZ_-09")]
    [InlineData("?after=", 100, "")]
    [InlineData("?after=a&after=b", 100, "a,b")]
    [InlineData("?after=%00%C4%8D", 100, "\0č")]
    public void A_query_is_read(string given, int limit, string? after)
    {
        Assert.True(TryRead(given, out var query, out _));
        Assert.Equal(new PresenceQuery(limit, after), query);
    }

    [Theory]
    [InlineData("?limit=0")]
    [InlineData("?limit=-1")]
    [InlineData("?limit=101")]
    [InlineData("?limit=99999999999999999999")]
    [InlineData("?limit=1.5")]
    [InlineData("?limit=%201")]
    [InlineData("?limit=ten")]
    [InlineData("?limit=")]
    [InlineData("?limit=1&limit=1")]
    public void A_limit_out_of_range_is_named(string given)
    {
        Assert.False(TryRead(given, out _, out var problem));
        Assert.Equal("limit must be a number from 1 to 100.", problem!.Detail);
        Assert.Equal(["limit"], problem.Errors!.Keys);
    }

    private static bool TryRead(string given, out PresenceQuery? query, out Problem? problem) =>
        PresenceRequest.TryRead(new QueryCollection(QueryHelpers.ParseQuery(given)), maxPageSize: 100, out query, out problem);
}
