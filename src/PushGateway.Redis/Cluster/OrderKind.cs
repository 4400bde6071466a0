using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using PushGateway.Cluster;

namespace PushGateway.Redis.Cluster;

/// <summary>A kind of order to the connections of a user, on its way to all nodes.</summary>
/// <param name="Name">Its kind among <see cref="ControlMessage"/>s.</param>
/// <param name="Type">How it is written.</param>
/// <param name="CarryOut">What a node does with it.</param>
internal sealed record OrderKind<T>(string Name, JsonTypeInfo<T> Type, Func<ILocalNode, T, ValueTask<Reached>> CarryOut)
{
    public JsonElement Write(T order) => JsonSerializer.SerializeToElement(order, Type);

    /// <summary>Carries out what another node asks for.</summary>
    /// <exception cref="JsonException">It is not an order of this kind.</exception>
    /// <exception cref="ArgumentException">This node does not understand it.</exception>
    public async ValueTask<JsonElement> AnswerAsync(ILocalNode node, JsonElement body)
    {
        var order = body.Deserialize(Type) ?? throw new JsonException("No order.");
        return JsonSerializer.SerializeToElement(await CarryOut(node, order), ClusterJson.Default.Reached);
    }
}
