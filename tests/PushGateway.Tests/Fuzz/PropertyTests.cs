namespace PushGateway.Tests.Fuzz;

/// <summary>Whatever bytes a client sends. A longer run: <c>docs/testing.md</c>.</summary>
public class PropertyTests
{
    [Theory]
    [InlineData("frames")]
    [InlineData("handshakes")]
    [InlineData("commands")]
    [InlineData("tokens")]
    public void Holds_for_whatever_is_nearly_right(string name)
    {
        var property = Property.All.Single(property => property.Name == name);
        FuzzRun.Over(FuzzRun.Corpus(name), property.Telling, property.Check);
        Assert.True(property.Accepted > 0, "Nothing was accepted, so that nothing was tested.");
    }

    [Theory]
    [InlineData("frames")]
    [InlineData("handshakes")]
    [InlineData("commands")]
    [InlineData("tokens")]
    public void Holds_for_the_corpus(string name)
    {
        var property = Property.All.Single(property => property.Name == name);
        var samples = FuzzRun.Corpus(name);
        foreach (var sample in samples)
            property.Check(new Mutator(0, samples, default), sample);
    }
}
