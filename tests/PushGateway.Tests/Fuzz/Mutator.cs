namespace PushGateway.Tests.Fuzz;

/// <summary>Makes what is nearly right from what is right. The same seed makes the same.</summary>
/// <param name="seed">Where chance begins; a test prints it when it fails.</param>
/// <param name="samples">What is right, of any length but none at all.</param>
/// <param name="telling">Bytes that mean something to what is tested, such as brackets and quotes.</param>
internal sealed class Mutator(int seed, IReadOnlyList<byte[]> samples, ReadOnlyMemory<byte> telling)
{
    // Lengths and counts that readers get wrong.
    private static readonly byte[] Edges = [0x00, 0x01, 0x7d, 0x7e, 0x7f, 0x80, 0xff];

    private readonly Random _random = new(seed);

    /// <summary>A sample with one to four changes, or, one time in eight, bytes by chance alone.</summary>
    public byte[] Next() => _random.Next(8) == 0 ? Noise() : Mutate(Sample());

    /// <summary>The bytes with one to four changes.</summary>
    public byte[] Mutate(ReadOnlySpan<byte> sample)
    {
        List<byte> bytes = [.. sample];
        for (var changes = _random.Next(1, 5); changes > 0; changes--)
            Change(bytes);
        return [.. bytes];
    }

    /// <summary>Cuts the bytes in pieces, as a network does. Together they are the whole.</summary>
    public IEnumerable<ReadOnlyMemory<byte>> Pieces(ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var length = _random.Next(1, bytes.Length + 1);
            yield return bytes[..length];
            bytes = bytes[length..];
        }
    }

    private byte[] Sample() => samples[_random.Next(samples.Count)];

    private byte[] Noise()
    {
        var bytes = new byte[_random.Next(256)];
        if (telling.IsEmpty || _random.Next(2) == 0)
            _random.NextBytes(bytes);
        else
            _random.GetItems(telling.Span, bytes);
        return bytes;
    }

    private void Change(List<byte> bytes)
    {
        if (bytes.Count == 0)
        {
            bytes.AddRange(Sample());
            return;
        }

        var at = _random.Next(bytes.Count);
        var length = _random.Next(1, Math.Min(32, bytes.Count - at) + 1);
        switch (_random.Next(10))
        {
            case 0: bytes[at] ^= (byte)(1 << _random.Next(8)); break;
            case 1: bytes[at] = (byte)_random.Next(256); break;
            case 2: bytes[at] = Edges[_random.Next(Edges.Length)]; break;
            case 3: bytes.Insert(at, Telling()); break;
            case 4: bytes[at] = Telling(); break;
            case 5: bytes.RemoveRange(at, bytes.Count - at); break;
            case 6: bytes.RemoveRange(at, length); break;
            case 7: bytes.InsertRange(_random.Next(bytes.Count + 1), bytes.GetRange(at, length)); break;
            case 8: bytes.InsertRange(at, Sample()); break;
            default: Splice(bytes, at); break;
        }
    }

    // The front of one and the back of another.
    private void Splice(List<byte> bytes, int at)
    {
        var other = Sample();
        bytes.RemoveRange(at, bytes.Count - at);
        bytes.AddRange(other.AsSpan(_random.Next(other.Length)));
    }

    private byte Telling() => telling.IsEmpty ? (byte)_random.Next(256) : telling.Span[_random.Next(telling.Length)];
}
