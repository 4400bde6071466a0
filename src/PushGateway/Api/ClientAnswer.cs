using System.Text.Json;
using System.Text.Json.Serialization;
using PushGateway.Channels;

namespace PushGateway.Api;

/// <summary>A client, wherever an answer speaks of one.</summary>
/// <param name="User">The user's id; empty for an anonymous client.</param>
/// <param name="Client">The id of the connection.</param>
/// <param name="ConnectionInfo">See <see cref="ClientInfo.ConnectionInfo"/>; absent when there is none.</param>
/// <param name="ChannelInfo">See <see cref="ClientInfo.ChannelInfo"/>; absent when there is none.</param>
internal sealed record ClientAnswer(
    string User,
    string Client,
    [property: JsonConverter(typeof(ClientAnswer.AsItIs))] string? ConnectionInfo,
    [property: JsonConverter(typeof(ClientAnswer.AsItIs))] string? ChannelInfo)
{
    public static ClientAnswer From(ClientInfo client) => new(client.User, client.Client, client.ConnectionInfo, client.ChannelInfo);

    /// <summary>Writes JSON that is kept as text.</summary>
    public sealed class AsItIs : JsonConverter<string>
    {
        public override string Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => throw new NotSupportedException();

        // Checked when it was said of the client.
        public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options) => writer.WriteRawValue(value, skipInputValidation: true);
    }
}
