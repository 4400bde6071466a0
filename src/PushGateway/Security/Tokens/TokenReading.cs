namespace PushGateway.Security.Tokens;

/// <summary>What came of reading a token.</summary>
/// <param name="Grant">What it grants; null when it is not good.</param>
/// <param name="Defect">What its sender is told.</param>
/// <param name="Why">What the operator is told: no part of the token but names of claims and its <c>kid</c>.</param>
internal readonly record struct TokenReading<T>(T? Grant, TokenDefect Defect = TokenDefect.None, string? Why = null)
    where T : class;
