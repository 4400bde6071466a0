using PushGateway.Channels;

namespace PushGateway.Fanout;

/// <summary>What brings a client that subscribes to the present.</summary>
/// <param name="Position">Where it then is: publications up to there are in <paramref name="Publications"/>, or were never asked for.</param>
/// <param name="Publications">What it gets with the reply.</param>
/// <param name="IsRecovered">Whether that is everything it missed.</param>
internal readonly record struct CatchUp(StreamPosition Position, IReadOnlyList<Publication> Publications, bool IsRecovered);
