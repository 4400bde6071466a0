using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using PushGateway.Connections;
using PushGateway.Security;
using PushGateway.Security.Revocations;

namespace PushGateway.Api;

/// <summary>Serves <c>POST /v1/tokens/revocations</c>.</summary>
/// <remarks>Not cancelled when the caller hangs up: then some nodes would have done it and others not.</remarks>
internal sealed class RevocationsEndpoint(ITokenRevocations revocations, Audit audit, IOptions<PushGatewayOptions> options)
{
    public const string Route = "/v1/tokens/revocations";

    private readonly int _maxBodyBytes = options.Value.Api.MaxBodyBytes;

    public async Task ServeAsync(HttpContext context)
    {
        using var body = await RequestBody.ReadAsync(context.Request, _maxBodyBytes);
        var outcome = await MakeAsync(RevocationRequest.Read(body.Bytes));
        audit.Revoked(ApiCaller.Of(context), outcome);
        await Answer.WriteAsync(context, RevocationAnswer.From(outcome), ApiJson.Default.RevocationAnswer);
    }

    private async ValueTask<RevocationOutcome> MakeAsync(RevocationRequest request)
    {
        try
        {
            return request.User is { } user
                ? await revocations.RevokeUserAsync(user, request.ReadBefore(), request.ReadExpiresAt())
                : await revocations.RevokeTokenAsync(request.Jti!, request.ReadExpiresAt());
        }
        catch (InvalidOrderException invalid)
        {
            throw new InvalidRequestException(invalid.Field, invalid.Why);
        }
        catch (TooManyRevocationsException full)
        {
            throw new InvalidRequestException(Problem.TooManyRevocations(full.Message));
        }
    }
}
