using System.Text.Json;
using System.Text.Json.Serialization;

namespace PushGateway.Api;

/// <summary>Where in the text that is being read a value stands. Lets a payload stay the bytes it was posted as, without a copy.</summary>
/// <param name="Start">The place of its first byte.</param>
/// <param name="Length">How many bytes it has.</param>
[JsonConverter(typeof(Converter))]
internal sealed record RawJson(int Start, int Length)
{
    /// <summary>Reads from one contiguous text only, since places are counted from its start.</summary>
    public sealed class Converter : JsonConverter<RawJson>
    {
        public override bool HandleNull => true;

        public override RawJson Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            var start = (int)reader.TokenStartIndex;
            reader.Skip();
            return new RawJson(start, (int)reader.BytesConsumed - start);
        }

        public override void Write(Utf8JsonWriter writer, RawJson value, JsonSerializerOptions options) => throw new NotSupportedException();
    }
}
