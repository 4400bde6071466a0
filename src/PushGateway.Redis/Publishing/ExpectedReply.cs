namespace PushGateway.Redis.Publishing;

/// <summary>A command that was not answered yet.</summary>
/// <param name="Operation">Who waits for it; null when nobody does, or not any more.</param>
/// <param name="Use">What it is.</param>
/// <param name="Bytes">The length of the command.</param>
/// <param name="At">When it was given to the pipeline.</param>
internal record struct ExpectedReply(PublishOperation? Operation, ReplyUse Use, int Bytes, long At);
