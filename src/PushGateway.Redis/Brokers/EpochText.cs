using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using PushGateway.Brokers;

namespace PushGateway.Redis.Brokers;

/// <summary>Epochs as strings, made once for as long as they come again and again: each message of a channel has the same one.</summary>
internal static class EpochText
{
    // A slot holds the epoch that came last of all that fall into it. Enough for the busy channels of a node; 64 KiB with the strings.
    private const int Slots = 1024;

    private static readonly SearchValues<byte> Characters = SearchValues.Create(Encoding.ASCII.GetBytes(Epoch.Characters));
    private static readonly string?[] Recent = new string?[Slots];

    /// <summary>Reads an epoch; null for what is none.</summary>
    /// <param name="ascii">Of <see cref="Epoch.Length"/> bytes.</param>
    public static string? Read(ReadOnlySpan<byte> ascii)
    {
        if (ascii.ContainsAnyExcept(Characters))
            return null;

        ref var slot = ref Recent[(uint)BinaryPrimitives.ReadUInt64LittleEndian(ascii).GetHashCode() % Slots];
        var recent = slot;
        return recent is not null && Ascii.Equals(ascii, recent) ? recent : slot = Encoding.ASCII.GetString(ascii);
    }
}
