using System.Buffers;
using System.Numerics;
using System.Runtime.InteropServices;

namespace PushGateway.Protocol;

/// <summary>
/// Differences between two texts in the format of the Fossil version control system (https://www.fossil-scm.org/home/doc/trunk/www/delta_format.wiki), which the SDKs of the client protocol apply.
/// </summary>
/// <remarks>
/// A difference of texts is a text: what it inserts never begins or ends inside of a character, so that it may travel in a JSON string.
/// </remarks>
internal static class FossilDelta
{
    // The format leaves it to the encoder. Shorter blocks find more, and a copy shorter than this is hardly smaller than the bytes themselves.
    private const int BlockBytes = 16;

    // The bits of an index into the source fit in 28, and one table of this size is the most a thread keeps: sources at the usual limit of 64 KiB have 4,096 blocks.
    private const int MaxTableSize = 16 * 1024;

    // Blocks that look alike (a table of zeros) are tried so often, then the search gives up on them.
    private const int MaxTries = 8;

    private const uint Multiplier = 0x01000193; // Of FNV-1: odd, and mixes well.
    private static readonly uint OldestFactor = PowerOfMultiplier(BlockBytes - 1);

    private static ReadOnlySpan<byte> Digits => "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz~"u8;

    /// <summary>Writes the difference; the target is what <paramref name="source"/> becomes by it.</summary>
    /// <returns>False when it would be as large as the target, which had better be sent itself.</returns>
    public static bool TryCreate(ReadOnlySpan<byte> source, ReadOnlySpan<byte> target, IBufferWriter<byte> output)
    {
        var writer = new Writer(output, target.Length);
        writer.Number((uint)target.Length, (byte)'\n');
        var written = 0;
        if (source.Length >= BlockBytes && target.Length >= BlockBytes)
        {
            var size = (int)Math.Min(BitOperations.RoundUpToPowerOf2((uint)(source.Length / BlockBytes)) * 2, MaxTableSize);
            var heads = ArrayPool<int>.Shared.Rent(size);
            var links = ArrayPool<int>.Shared.Rent(source.Length / BlockBytes);
            try
            {
                Index(source, heads.AsSpan(0, size), links);
                written = Copy(source, target, heads.AsSpan(0, size), links, ref writer);
            }
            finally
            {
                ArrayPool<int>.Shared.Return(heads);
                ArrayPool<int>.Shared.Return(links);
            }
        }

        writer.Insert(target[written..]);
        writer.Number(Checksum(target), (byte)';');
        return writer.Fits;
    }

    /// <summary>Writes all copies that are worth it and what lies between them; returns how much of the target that is.</summary>
    private static int Copy(ReadOnlySpan<byte> source, ReadOnlySpan<byte> target, ReadOnlySpan<int> heads, ReadOnlySpan<int> links, ref Writer writer)
    {
        var written = 0;
        var position = 0;
        var hash = Hash(target);
        while (writer.Fits)
        {
            var match = Find(source, target, position, written, heads[(int)(hash & (uint)(heads.Length - 1))], links);
            if (match.Length >= BlockBytes / 2)
            {
                writer.Insert(target[written..match.Target]);
                writer.Copy(match.Length, match.Source);
                position = written = match.Target + match.Length;
                if (position + BlockBytes > target.Length)
                    break;
                hash = Hash(target[position..]);
            }
            else if (position + BlockBytes < target.Length)
            {
                hash = ((hash - (target[position] * OldestFactor)) * Multiplier) + target[position + BlockBytes];
                position++;
            }
            else
            {
                break;
            }
        }

        return written;
    }

    private static (int Target, int Source, int Length) Find(
        ReadOnlySpan<byte> source, ReadOnlySpan<byte> target, int position, int written, int head, ReadOnlySpan<int> links)
    {
        (int Target, int Source, int Length) best = default;
        var block = head;
        for (var tries = 0; block > 0 && tries < MaxTries; tries++, block = links[block - 1])
        {
            var start = (block - 1) * BlockBytes;
            var ahead = source[start..].CommonPrefixLength(target[position..]);
            if (ahead < BlockBytes)
                continue;

            var back = 0;
            while (back < start && back < position - written && source[start - back - 1] == target[position - back - 1])
                back++;
            if (ahead + back > best.Length)
                best = (position - back, start - back, ahead + back);
        }

        return OnCharacters(target, best);
    }

    /// <summary>Gives up the ends of a copy that are parts of a character.</summary>
    private static (int Target, int Source, int Length) OnCharacters(ReadOnlySpan<byte> target, (int Target, int Source, int Length) copy)
    {
        while (copy.Length > 0 && IsInsideCharacter(target, copy.Target))
            copy = (copy.Target + 1, copy.Source + 1, copy.Length - 1);
        while (copy.Length > 0 && IsInsideCharacter(target, copy.Target + copy.Length))
            copy.Length--;
        return copy;
    }

    // RFC 3629, section 3: the bytes of a character behind its first are 10xxxxxx.
    private static bool IsInsideCharacter(ReadOnlySpan<byte> text, int position) => position < text.Length && (text[position] & 0xC0) == 0x80;

    /// <summary>Links the blocks of the source that share a place in the table, the last first. Places and links are numbers of blocks from 1; 0 ends.</summary>
    private static void Index(ReadOnlySpan<byte> source, Span<int> heads, Span<int> links)
    {
        heads.Clear();
        for (var block = source.Length / BlockBytes; block > 0; block--)
        {
            ref var head = ref heads[(int)(Hash(source[((block - 1) * BlockBytes)..]) & (uint)(heads.Length - 1))];
            (links[block - 1], head) = (head, block);
        }
    }

    private static uint Hash(ReadOnlySpan<byte> block)
    {
        uint hash = 0;
        foreach (var next in block[..BlockBytes])
            hash = (hash * Multiplier) + next;
        return hash;
    }

    private static uint PowerOfMultiplier(int exponent)
    {
        uint power = 1;
        for (; exponent > 0; exponent--)
            power *= Multiplier;
        return power;
    }

    /// <summary>The sum of the target's 32-bit big-endian words, the last filled up with zeros.</summary>
    private static uint Checksum(ReadOnlySpan<byte> target)
    {
        uint sum = 0;
        var words = MemoryMarshal.Cast<byte, uint>(target);
        foreach (var word in words)
            sum += BitConverter.IsLittleEndian ? System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(word) : word;
        var rest = target[(words.Length * sizeof(uint))..];
        for (var i = 0; i < rest.Length; i++)
            sum += (uint)rest[i] << (24 - (8 * i));
        return sum;
    }

    private ref struct Writer(IBufferWriter<byte> output, int maxBytes)
    {
        private int _left = maxBytes;

        /// <summary>Whether it is still smaller than the target.</summary>
        public readonly bool Fits => _left > 0;

        public void Copy(int length, int offset)
        {
            Number((uint)length, (byte)'@');
            Number((uint)offset, (byte)',');
        }

        public void Insert(ReadOnlySpan<byte> text)
        {
            if (text.IsEmpty)
                return;

            Number((uint)text.Length, (byte)':');
            _left -= text.Length;
            if (Fits)
                output.Write(text);
        }

        /// <summary>Writes a number in base 64, the highest digit first, and what ends it.</summary>
        public void Number(uint value, byte end)
        {
            Span<byte> digits = stackalloc byte[7];
            var start = digits.Length - 1;
            digits[start] = end;
            do
            {
                digits[--start] = Digits[(int)(value & 63)];
                value >>= 6;
            }
            while (value > 0);
            _left -= digits.Length - start;
            if (Fits)
                output.Write(digits[start..]);
        }
    }
}
