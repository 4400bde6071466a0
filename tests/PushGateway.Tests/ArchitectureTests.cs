using System.Reflection;

namespace PushGateway.Tests;

/// <summary>What the compiler does not hold: dependencies point one way, Server -> Redis -> PushGateway -> framework.</summary>
public class ArchitectureTests
{
    private static readonly Assembly Gateway = typeof(PushGatewayOptions).Assembly, Redis = Assembly.Load("PushGateway.Redis");

    [Theory]
    [InlineData("PushGateway.Redis")]
    [InlineData("PushGateway.Server")]
    [InlineData("StackExchange.Redis")]
    public void The_gateway_knows_nothing_of(string assembly) => Assert.DoesNotContain(assembly, References(Gateway));

    [Fact]
    public void The_gateway_stands_on_the_framework_and_a_circuit_breaker_alone() =>
        Assert.All(References(Gateway), name => Assert.Matches("^((System|Microsoft)\\.|Polly\\.Core$)", name));

    [Fact]
    public void Redis_knows_nothing_of_the_server() => Assert.DoesNotContain("PushGateway.Server", References(Redis));

    [Fact]
    public void No_type_is_named_for_having_no_name()
    {
        var types = Gateway.GetTypes().Concat(Redis.GetTypes()).Where(type => !type.Name.Contains('<', StringComparison.Ordinal) && type.Namespace?.StartsWith("PushGateway", StringComparison.Ordinal) == true);
        Assert.All(types, type => Assert.DoesNotMatch("(Manager|Helper|Helpers|Util|Utils|Utility|Utilities)(`\\d+)?$", type.Name));
    }

    [Fact]
    public void Only_what_is_meant_for_applications_is_public() => Assert.All(
        Gateway.GetExportedTypes(),
        type => Assert.DoesNotMatch("^PushGateway\\.(Protocol|Fanout)(\\.|$)", type.Namespace ?? ""));

    private static IEnumerable<string> References(Assembly assembly) => assembly.GetReferencedAssemblies().Select(name => name.Name!);
}
