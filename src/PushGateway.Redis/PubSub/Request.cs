namespace PushGateway.Redis.PubSub;

/// <summary>One thing asked of Redis, for which exactly one reply comes, in the order of asking.</summary>
internal readonly record struct Request(RequestKind Kind, TopicSpace? Space = null, string Name = "", Waiter? Waiter = null);
