namespace PushGateway.Redis.PubSub;

/// <summary>One Redis channel, by its space and the name it has there.</summary>
internal readonly record struct Topic(TopicSpace Space, string Name);
