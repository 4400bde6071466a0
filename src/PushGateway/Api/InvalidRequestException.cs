namespace PushGateway.Api;

/// <summary>A request is not as it has to be. <see cref="ApiGuard"/> answers it with the problem.</summary>
internal sealed class InvalidRequestException(Problem problem) : Exception(problem.Detail)
{
    /// <summary>A field of it is wrong.</summary>
    /// <param name="field">The field, such as <c>users[3]</c>; empty when it is the whole.</param>
    /// <param name="why">What is wrong with it, as the end of a sentence that begins with the field's name.</param>
    public InvalidRequestException(string field, string why) : this(Problem.Invalid(field, why)) { }

    public Problem Problem { get; } = problem;
}
