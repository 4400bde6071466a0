using System.Text.Json;
using System.Text.Json.Serialization;
using PushGateway.Channels;

namespace PushGateway.Api;

/// <summary>The answer to <c>GET /v1/channels/{channel}/history</c>.</summary>
/// <param name="Channel">The channel.</param>
/// <param name="Epoch">The life of the history that offsets count in.</param>
/// <param name="Offset">The offset of the newest publication there ever was; 0 when there was none.</param>
/// <param name="Publications">In the order asked for.</param>
/// <param name="Continuous">Whether they follow on the position asked for; absent when none was.</param>
/// <param name="Next">What to pass as <c>sinceOffset</c> for the page behind this one; absent on the last.</param>
internal sealed record HistoryAnswer(string Channel, string Epoch, ulong Offset, IReadOnlyList<HistoryAnswer.Entry> Publications, bool? Continuous, ulong? Next)
{
    public static HistoryAnswer From(string channel, HistoryQuery query, HistoryPage page)
    {
        var entries = new Entry[page.Publications.Count];
        for (var i = 0; i < entries.Length; i++)
        {
            var publication = page.Publications[i];
            entries[i] = new Entry(publication.Offset, publication.Time, publication.Data, publication.Tags, publication.Info is { } client ? ClientAnswer.From(client) : null);
        }

        return new HistoryAnswer(channel, page.Top.Epoch, page.Top.Offset, entries, query.Since is null ? null : page.IsContinuous, NextOf(query, page));
    }

    // In reverse nobody knows what is the oldest that is kept: when it was the last of a page, the next page is empty.
    private static ulong? NextOf(HistoryQuery query, HistoryPage page)
    {
        var start = query.Since?.Offset ?? 0;
        var end = query.Reverse ? 1 : page.Top.Offset;
        return page.Last != start && page.Last != end ? page.Last : null;
    }

    /// <param name="Offset">Its place in the history.</param>
    /// <param name="Time">When the broker took it, in milliseconds since 1970.</param>
    /// <param name="Data">The payload, byte for byte.</param>
    /// <param name="Tags">Labels beside it; absent when there are none.</param>
    /// <param name="Info">The client that published it; absent when a back end did.</param>
    public sealed record Entry(
        ulong Offset,
        long Time,
        [property: JsonConverter(typeof(AsItIs))] ReadOnlyMemory<byte> Data,
        IReadOnlyDictionary<string, string>? Tags,
        ClientAnswer? Info);

    /// <summary>Writes JSON that is kept as text.</summary>
    public sealed class AsItIs : JsonConverter<ReadOnlyMemory<byte>>
    {
        public override ReadOnlyMemory<byte> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => throw new NotSupportedException();

        // Checked when it was published.
        public override void Write(Utf8JsonWriter writer, ReadOnlyMemory<byte> value, JsonSerializerOptions options) => writer.WriteRawValue(value.Span, skipInputValidation: true);
    }
}
