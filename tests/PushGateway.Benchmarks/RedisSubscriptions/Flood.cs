using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace PushGateway.Benchmarks.RedisSubscriptions;

/// <summary>Publishes numbered messages on one connection, pipelined, so that Redis has them in order.</summary>
internal sealed class Flood(string redis) : IAsyncDisposable
{
    private const int Chunk = 100;

    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };

    public static string ChannelName(int channel) => string.Create(CultureInfo.InvariantCulture, $"bench:{{user:#{channel:D6}}}");

    public async Task ConnectAsync()
    {
        var colon = redis.LastIndexOf(':');
        await _socket.ConnectAsync(redis[..colon], int.Parse(redis.AsSpan(colon + 1), CultureInfo.InvariantCulture));
        _ = DiscardRepliesAsync();
    }

    /// <param name="count">Messages in all, going round the channels.</param>
    /// <param name="channels">How many channels they go to.</param>
    /// <param name="perSecond">The rate; 0 for as fast as Redis takes them.</param>
    public async Task PublishAsync(int count, int channels, int perSecond)
    {
        var buffer = new ArrayBufferWriter<byte>();
        var payload = new byte[OrderCheck.PayloadBytes];
        var watch = Stopwatch.StartNew();
        for (var i = 0; i < count; i++)
        {
            OrderCheck.Write(payload, i % channels, 1 + i / channels);
            var name = ChannelName(i % channels);
            buffer.Write(Encoding.ASCII.GetBytes($"*3\r\n$7\r\nPUBLISH\r\n${name.Length}\r\n{name}\r\n${payload.Length}\r\n"));
            buffer.Write(payload);
            buffer.Write("\r\n"u8);
            if (perSecond == 0 && (i + 1) % Chunk != 0 && i + 1 < count)
                continue;

            await _socket.SendAsync(buffer.WrittenMemory);
            buffer.ResetWrittenCount();
            if (perSecond > 0 && TimeSpan.FromSeconds((double)i / perSecond) - watch.Elapsed is { Ticks: > 0 } early)
                await Task.Delay(early);
        }
    }

    public ValueTask DisposeAsync()
    {
        _socket.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task DiscardRepliesAsync()
    {
        var buffer = new byte[64 * 1024];
        try
        {
            while (await _socket.ReceiveAsync(buffer) > 0)
            {
            }
        }
        catch (SocketException)
        {
        }
    }
}
