using System.Buffers;

namespace PushGateway.Transports.WebSockets;

/// <summary>Reads what a client sends, message by message, until either side is done. While the client is silent it holds no buffer.</summary>
internal static class MessagePump
{
    private const int ReadBytes = 4096;

    /// <summary>Feeds every message to a receiver, one after the other.</summary>
    /// <param name="input">What the client sends.</param>
    /// <param name="maxMessageBytes">The largest message.</param>
    /// <param name="receiver">Takes a message; false to read no more. The message is valid until its task completes.</param>
    /// <param name="cancellationToken">Waits for no further message.</param>
    public static async Task RunAsync(Stream input, int maxMessageBytes, Func<Message, ValueTask<bool>> receiver, CancellationToken cancellationToken = default)
    {
        using var reader = new MessageReader(maxMessageBytes);
        try
        {
            while (true)
            {
                // A read of nothing completes when there is something, and only then a buffer is worth renting.
                _ = await input.ReadAsync(Memory<byte>.Empty, cancellationToken);
                if (!await ReadOnceAsync(input, reader, receiver))
                    return;
            }
        }
        // The client is gone, was cut off by us, or is waited for no more: all are ends like any other.
        catch (Exception gone) when (gone is IOException or OperationCanceledException or ObjectDisposedException)
        {
        }
    }

    private static async ValueTask<bool> ReadOnceAsync(Stream input, MessageReader reader, Func<Message, ValueTask<bool>> receiver)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(ReadBytes);
        try
        {
            var count = await input.ReadAsync(buffer.AsMemory(0, ReadBytes));
            var bytes = buffer.AsMemory(0, count);
            while (reader.TryRead(ref bytes, out var message))
                if (!await receiver(message))
                    return false;

            reader.Release();
            return count > 0;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
