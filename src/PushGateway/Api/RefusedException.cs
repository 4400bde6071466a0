using PushGateway.Security;

namespace PushGateway.Api;

/// <summary>The caller may not do what the request is for. <see cref="ApiGuard"/> answers it with the problem.</summary>
internal sealed class RefusedException(ApiRefusal refusal) : Exception(refusal.Why)
{
    public ApiRefusal Refusal { get; } = refusal;
}
