namespace PushGateway.Redis.Publishing;

/// <summary>What publish.lua returns.</summary>
/// <param name="Status">0 published, 1 superseded, 2 the idempotency key was used for something else.</param>
/// <param name="IsRepeated">Whether it is the outcome of an earlier attempt.</param>
/// <param name="Offset">The offset in the history.</param>
/// <param name="Epoch">The epoch of the history; null without one.</param>
/// <param name="Time">Redis' time in Unix ms.</param>
internal readonly record struct ScriptAnswer(int Status, bool IsRepeated, ulong Offset, string? Epoch, long Time)
{
    public const int Superseded = 1;
    public const int Conflict = 2;
}
