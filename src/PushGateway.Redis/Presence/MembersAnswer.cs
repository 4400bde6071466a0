using PushGateway.Presence;

namespace PushGateway.Redis.Presence;

/// <summary>What became of a writing.</summary>
/// <param name="Time">Redis' time, in Unix ms.</param>
/// <param name="IsTooLate">Nothing was done.</param>
/// <param name="HasMore">More is to be removed: to be written again.</param>
/// <param name="Transition">How the user stands whose channel it is, if those who watch are still to be told.</param>
/// <param name="Version">The version of that.</param>
internal readonly record struct MembersAnswer(long Time, bool IsTooLate = false, bool HasMore = false, UserPresence? Transition = null, long Version = 0);
