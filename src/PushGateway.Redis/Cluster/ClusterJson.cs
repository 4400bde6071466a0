using System.Text.Json.Serialization;
using PushGateway.Cluster;
using PushGateway.Security.Revocations;

namespace PushGateway.Redis.Cluster;

/// <summary>The JSON of leases and control messages.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ControlMessage))]
[JsonSerializable(typeof(NodeInfo))]
[JsonSerializable(typeof(ChannelQuery))]
[JsonSerializable(typeof(ChannelCount[]))]
[JsonSerializable(typeof(Disconnection))]
[JsonSerializable(typeof(Unsubscription))]
[JsonSerializable(typeof(ServerSubscription))]
[JsonSerializable(typeof(Revocation))]
[JsonSerializable(typeof(Reached))]
internal sealed partial class ClusterJson : JsonSerializerContext;
