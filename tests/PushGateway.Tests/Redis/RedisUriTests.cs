using System.Net;
using PushGateway.Redis;

namespace PushGateway.Tests.Redis;

public class RedisUriTests
{
    [Theory]
    [InlineData("redis://localhost", "Unspecified/localhost:6379", null, null)]
    [InlineData("redis://localhost/", "Unspecified/localhost:6379", null, null)]
    [InlineData(" REDIS://localhost:7000/0 ", "Unspecified/localhost:7000", null, null)]
    [InlineData("rediss://redis.example", "Unspecified/redis.example:6379", null, null)]
    [InlineData("redis://10.0.0.1", "10.0.0.1:6379", null, null)]
    [InlineData("redis://[::1]", "[::1]:6379", null, null)]
    [InlineData("redis://[::1]:7000", "[::1]:7000", null, null)]
    [InlineData("redis://one,two:7000,[::1]", "Unspecified/one:6379 Unspecified/two:7000 [::1]:6379", null, null)]
    [InlineData("redis://one,two:7000?serviceName=main", "Unspecified/one:26379 Unspecified/two:7000", null, null)]
    [InlineData("redis://gateway:secret@one,two", "Unspecified/one:6379 Unspecified/two:6379", "gateway", "secret")]
    [InlineData("redis://:secret@localhost", "Unspecified/localhost:6379", null, "secret")]
    [InlineData("redis://a%20b:%2C%40%2F%25%3Fssl=true:%E6%BC%A2@localhost", "Unspecified/localhost:6379", "a b", ",@/%?ssl=true:漢")]
    public void Hosts_and_login_are_read(string text, string hosts, string? user, string? password)
    {
        var configuration = RedisConfiguration.Read(new RedisOptions { Connection = text });

        Assert.Equal(hosts, string.Join(' ', configuration.EndPoints));
        Assert.Equal((user, password), (configuration.User, configuration.Password));
        Assert.Equal(text.StartsWith("rediss", StringComparison.Ordinal), configuration.Ssl);
    }

    [Theory]
    [InlineData("rediss://localhost", "gateway", "p@ss,word=%41 $(HOME)", "gateway", "p@ss,word=%41 $(HOME)")]
    [InlineData("localhost,ssl=true", null, "p@ss,word", null, "p@ss,word")]
    [InlineData("redis://one:first@localhost", "two", "second", "two", "second")]
    [InlineData("redis://one:first@localhost", "", "", "one", "first")]
    public void User_and_password_may_stand_apart_from_the_address(string text, string? user, string? password, string? loginUser, string? loginPassword)
    {
        var configuration = RedisConfiguration.Read(new RedisOptions { Connection = text, User = user, Password = password });
        Assert.Equal((loginUser, loginPassword), (configuration.User, configuration.Password));
    }

    [Fact]
    public void Options_stand_behind_a_question_mark()
    {
        var configuration = RedisConfiguration.Read(new RedisOptions { Connection = "rediss://localhost/0?serviceName=my%20redis&connectTimeout=1234&sslHost=redis.example" });

        Assert.Equal(("my redis", 1234, "redis.example"), (configuration.ServiceName, configuration.ConnectTimeout, configuration.SslHost));
        Assert.Equal(new DnsEndPoint("localhost", 26379), Assert.Single(configuration.EndPoints));
    }

    [Fact]
    public void What_is_read_does_not_depend_on_the_ports_that_the_library_takes_for_usual()
    {
        var configuration = RedisConfiguration.From(new RedisOptions { Connection = "rediss://localhost" });
        Assert.Equal(new DnsEndPoint("localhost", 6379), Assert.Single(configuration.EndPoints));
    }

    [Theory]
    [InlineData("redis://", "names no host")]
    [InlineData("redis:///0", "names no host")]
    [InlineData("redis://:hunter2@", "names no host")]
    [InlineData("redis://one,,two", "names no host")]
    [InlineData("redis://hunter2@localhost", "a user or a password")]
    [InlineData("redis://:hunter2#@localhost", "%23")]
    [InlineData("redis://:hunter2%@localhost", "%25")]
    [InlineData("redis://:hunter2%4x@localhost", "%25")]
    [InlineData("redis://:hunter2@a@localhost:x", "connection string")]
    [InlineData("redis://localhost/1", "database 0")]
    [InlineData("redis://localhost/hunter2", "database 0")]
    [InlineData("localhost,defaultDatabase=1", "database 0")]
    [InlineData("redis://localhost?password=hunter2", "stand before it")]
    [InlineData("redis://localhost?SSL=false", "stand before it")]
    [InlineData("redis://localhost?connectTimeout=1%2Cpassword=hunter2", "stand before it")]
    [InlineData("redis://localhost?hunter2", "stand before it")]
    [InlineData("redis://localhost?nothing=hunter2", "connection string")]
    [InlineData("redis://localhost?channelPrefix=x", "channelPrefix")]
    [InlineData("redis://:hun/ter2@localhost", "database 0")]
    [InlineData("http://localhost:hunter2", "connection string")]
    public void Says_what_is_wrong_and_does_not_repeat_it(string text, string words)
    {
        var wrong = Assert.Throws<InvalidConnectionException>(() => RedisConfiguration.Read(new RedisOptions { Connection = text }));
        Assert.Contains(words, wrong.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hun", wrong.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("rediss://localhost", "nowhere.pem", null, null, "CaCertificate names a file that cannot be read")]
    [InlineData("rediss://localhost", null, "nowhere.pem", null, "ClientCertificate names a file that cannot be read")]
    [InlineData("rediss://localhost", null, null, "nowhere.pem", "ClientKey needs")]
    [InlineData("rediss://localhost", "this.txt", null, null, "CaCertificate names a file that is no PEM")]
    [InlineData("rediss://localhost", null, "this.txt", null, "ClientCertificate names a file that is no PEM")]
    public void Certificates_that_cannot_be_used_are_told_at_the_start(string text, string? authority, string? client, string? key, string words)
    {
        var folder = Directory.CreateTempSubdirectory("pushgateway-").FullName;
        File.WriteAllText(Path.Combine(folder, "this.txt"), "hunter2");
        string? PathOf(string? name) => name is null ? null : Path.Combine(folder, name);

        var wrong = Assert.Throws<InvalidConnectionException>(() => RedisConfiguration.Read(
            new RedisOptions { Connection = text, CaCertificate = PathOf(authority), ClientCertificate = PathOf(client), ClientKey = PathOf(key) }));

        Assert.Contains(words, wrong.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", wrong.Message, StringComparison.Ordinal);
        Directory.Delete(folder, recursive: true);
    }
}
