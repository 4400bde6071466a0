using System.Buffers;
using System.Net.Sockets;
using PushGateway.Connections;
using PushGateway.Transports.WebSockets;

namespace PushGateway.Transports.Sockets;

/// <summary>A client's WebSocket on a bare non-blocking socket. While the client is silent it holds no buffer and no task.</summary>
internal sealed class ClientSocket(Socket socket, SocketClients clients) : SocketAsyncEventArgs(true), ITransport
{
    private const int ReadBytes = 4096;

    // A client that sends without end lets others have the thread now and then.
    private const int ReadsInARow = 16;

    [ThreadStatic]
    private static MessageReader? _spareReader;

    private Connection? _connection;
    private MessageReader? _partial; // What a client has begun to send.

    /// <summary>Who serves it.</summary>
    public SocketClients Clients => clients;

    /// <inheritdoc/>
    public FrameFormat Format => WebSocketFormat.Json;

    /// <summary>Serves the connection from now on, to its end.</summary>
    public void Run(Connection connection)
    {
        _connection = connection;
        _ = ReadAsync();
    }

    /// <inheritdoc/>
    public int TryWrite(ReadOnlySpan<byte> frames)
    {
        try
        {
            return socket.Send(frames, SocketFlags.None, out var error) is var count && error == SocketError.Success ? count : 0;
        }
        catch (ObjectDisposedException)
        {
            return 0;
        }
    }

    /// <inheritdoc/>
    public async ValueTask WriteAsync(ReadOnlyMemory<byte> frames)
    {
        while (!frames.IsEmpty)
            frames = frames[await socket.SendAsync(frames, SocketFlags.None)..];
    }

    /// <inheritdoc/>
    public void Abort() => socket.Close(timeout: 0);

    protected override void OnCompleted(SocketAsyncEventArgs e) => _ = ReadAsync();

    // Runs while there is something to read.
    private async Task ReadAsync()
    {
        try
        {
            if (await ReadAllAsync())
                return;
        }
        // The client is gone, or was cut off by us: both are ends like any other.
        catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
        {
        }
#pragma warning disable CA1031 // Nobody waits for this task. Whatever it is, the connection must end.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            clients.Failed(_connection?.Id, failure);
        }

        await EndAsync();
    }

    /// <summary>Reads until there is nothing more for now, and this is called again when there is; false when no more is to be read.</summary>
    private async ValueTask<bool> ReadAllAsync()
    {
        for (var reads = 1; SocketError == SocketError.Success && await ReadOnceAsync(); reads++)
        {
            // A read of nothing completes when there is something, and only then a buffer is worth renting.
            if (socket.ReceiveAsync(this))
                return true;

            if (reads % ReadsInARow == 0)
                await Task.Yield();
        }

        return false;
    }

    /// <summary>Reads what is there; false when no more is to be read.</summary>
    private async ValueTask<bool> ReadOnceAsync()
    {
        var buffer = ArrayPool<byte>.Shared.Rent(ReadBytes);
        var reader = TakeReader();
        try
        {
            var count = socket.Receive(buffer, 0, ReadBytes, SocketFlags.None, out var error);
            if (error != SocketError.Success || count == 0)
                return error == SocketError.WouldBlock;

            var bytes = buffer.AsMemory(0, count);
            while (reader.TryRead(ref bytes, out var message))
                if (!await clients.Messages.ReceiveAsync(_connection!, message))
                    return false;

            reader.Release();
            return true;
        }
        finally
        {
            PutReader(reader);
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    // Most messages come whole, and their reader is the thread's; one with a part of a message in it stays the client's.
    private MessageReader TakeReader()
    {
        var reader = _partial;
        if (reader is null && _spareReader?.MaxMessageBytes == clients.MaxMessageBytes)
            (reader, _spareReader) = (_spareReader, null);
        _partial = null;
        return reader ?? new MessageReader(clients.MaxMessageBytes);
    }

    private void PutReader(MessageReader reader)
    {
        if (reader.IsIdle)
            _spareReader = reader;
        else
            _partial = reader;
    }

    private async Task EndAsync()
    {
        _partial?.Dispose();
        try
        {
            await _connection!.EndAsync();
            socket.Shutdown(SocketShutdown.Both);
        }
        catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
        {
        }
#pragma warning disable CA1031 // As above.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            clients.Failed(_connection?.Id, failure);
        }

        socket.Dispose();
        Dispose();
        clients.Left();
    }
}
