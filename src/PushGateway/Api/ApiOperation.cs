using Microsoft.AspNetCore.Http;
using PushGateway.Security;

namespace PushGateway.Api;

/// <summary>What can be done at an address. Who adds one has to say what a key needs for it.</summary>
/// <param name="Method">By which method.</param>
/// <param name="Scope">For which scope of keys.</param>
/// <param name="Reach">What it touches.</param>
/// <param name="Handler">What does it.</param>
internal sealed record ApiOperation(string Method, ApiScopes Scope, ApiReach Reach, RequestDelegate Handler);
