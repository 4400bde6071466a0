using Microsoft.Extensions.Options;

namespace PushGateway.Security.Revocations;

/// <summary>Finds a limit of revocations that cannot work before the server listens.</summary>
internal sealed class RevocationOptionsValidator : IValidateOptions<PushGatewayOptions>
{
    // Some 360 MB in Redis.
    private const int MostRevocations = 1_000_000;

    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, PushGatewayOptions options) => options.Security.MaxRevocations is >= 1 and <= MostRevocations
        ? ValidateOptionsResult.Success
        : ValidateOptionsResult.Fail($"PushGateway:Security:{nameof(SecurityOptions.MaxRevocations)} must be from 1 to {MostRevocations}.");
}
