using Microsoft.Extensions.Options;

namespace PushGateway.Security.Origins;

/// <summary>Finds origins in the settings that no page can have.</summary>
internal sealed class OriginsValidator : IValidateOptions<PushGatewayOptions>
{
    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, PushGatewayOptions options)
    {
        List<string> wrong = [];
        var origins = options.Security.AllowedOrigins;
        for (var i = 0; i < origins.Count; i++)
            if (origins[i] is not (OriginPattern.Every or OriginPattern.Opaque) && !OriginPattern.TryRead(origins[i], out _))
                wrong.Add($"PushGateway:Security:AllowedOrigins:{i} must be an origin such as https://example.com or https://example.com:8443, without a path and names of other scripts as "
                    + "xn--, or https://*.example.com for all below a name, or * for every one, or null for pages without one.");
        return wrong.Count > 0 ? ValidateOptionsResult.Fail(wrong) : ValidateOptionsResult.Success;
    }
}
