using System.Text;
using PushGateway.Api;

namespace PushGateway.Tests.Api;

public class PresenceQueryRequestTests
{
    [Theory]
    [InlineData("""{"users":["42"]}""", "42")]
    [InlineData(""" { "users" : [ "a:b" , "#c", "a:b" ] } """, "a:b", "#c", "a:b")]
    [InlineData("""{"u\u0073ers":["\u0034\u0032"]}""", "42")]
    public void Users_are_read_in_their_order(string body, params string[] users) => Assert.Equal(users, Read(body));

    [Theory]
    [InlineData("users", "{}")]
    [InlineData("users", """{"users":null}""")]
    [InlineData("users", """{"users":[]}""")]
    [InlineData("users", """{"users":"42"}""")]
    [InlineData("users", """{"users":{"0":"42"}}""")]
    [InlineData("users", """{"users":["1","2","3","4"]}""")]
    [InlineData("users", """{"users":["1"],"users":["2"]}""")]
    [InlineData("users[0]", """{"users":[42]}""")]
    [InlineData("users[0]", """{"users":[["42"]]}""")]
    [InlineData("users[1]", """{"users":["1",null]}""")]
    [InlineData("users[1]", """{"users":["1",""]}""")]
    [InlineData("users[1]", """{"users":["1","a,b"]}""")]
    [InlineData("users[2]", """{"users":["1","2","a b"]}""")]
    [InlineData("users[0]", """{"users":["\ud800"]}""")]
    [InlineData("Users", """{"Users":["1"]}""")]
    [InlineData("user", """{"users":["1"],"user":"2"}""")]
    [InlineData("", "")]
    [InlineData("", "null")]
    [InlineData("", "[]")]
    [InlineData("", """["42"]""")]
    [InlineData("", "{")]
    [InlineData("", """{"users":["42"]}x""")]
    public void Bad_input_is_answered_with_the_name_of_its_field(string field, string body)
    {
        var problem = Assert.Throws<InvalidRequestException>(() => Read(body)).Problem;
        Assert.Equal((400, field), (problem.Status, problem.Errors is null ? "" : Assert.Single(problem.Errors).Key));
        Assert.NotEmpty(problem.Detail!);
    }

    [Fact]
    public void It_is_said_how_many_users_are_too_many() =>
        Assert.Equal("users names 4, and 3 is the most.", Assert.Throws<InvalidRequestException>(() => Read("""{"users":["1","2","3","4"]}""")).Problem.Detail);

    [Fact]
    public void Any_bytes_are_read_or_refused()
    {
        var random = new Random(4);
        var valid = Encoding.UTF8.GetBytes("""{"users":["42","a:b","\u0041/%"]}""");
        for (var round = 0; round < 20_000; round++)
        {
            var body = valid.ToArray();
            for (var changes = random.Next(1, 4); changes > 0; changes--)
                body[random.Next(body.Length)] = random.Next(3) == 0 ? (byte)random.Next(256) : (byte)"{}[]\",:\\u0dn"[random.Next(12)];
            try
            {
                Assert.InRange(PresenceQueryRequest.Read(body.AsMemory(0, random.Next(4) == 0 ? random.Next(body.Length) : body.Length), maxUsers: 3).Count, 1, 3);
            }
            catch (InvalidRequestException)
            {
            }
            catch (Exception failure)
            {
                throw new InvalidOperationException(Convert.ToHexString(body), failure);
            }
        }
    }

    private static IReadOnlyList<string> Read(string body) => PresenceQueryRequest.Read(Encoding.UTF8.GetBytes(body), maxUsers: 3);
}
