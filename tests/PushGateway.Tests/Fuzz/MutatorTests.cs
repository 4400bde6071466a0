using System.Text;

namespace PushGateway.Tests.Fuzz;

public class MutatorTests
{
    private static readonly byte[][] Samples = [[.. "{\"id\":1}"u8], [.. "{}"u8]];

    [Fact]
    public void The_same_seed_makes_the_same_inputs() => Assert.Equal(Thousand(7), Thousand(7));

    [Fact]
    public void Another_seed_makes_others() => Assert.NotEqual(Thousand(7), Thousand(8));

    [Fact]
    public void Pieces_are_the_whole()
    {
        var mutator = new Mutator(1, Samples, default);
        var whole = Encoding.ASCII.GetBytes(new string('x', 1000) + "end");
        Assert.Equal(whole, mutator.Pieces(whole).SelectMany(piece => piece.ToArray()));
    }

    private static string[] Thousand(int seed)
    {
        var mutator = new Mutator(seed, Samples, "{}[]"u8.ToArray());
        return [.. Enumerable.Range(0, 1000).Select(_ => Convert.ToHexString(mutator.Next()))];
    }
}
