using System.IO.Pipelines;
using System.Security.Claims;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace PushGateway.Tests.Transports.WebSockets;

/// <summary>A request for a WebSocket, with the client on the far end of its stream.</summary>
internal sealed class UpgradeableRequest : IHttpUpgradeFeature, IHttpRequestLifetimeFeature
{
    private readonly Pipe _toServer = new(new PipeOptions(useSynchronizationContext: false));

    public UpgradeableRequest(string? user = null)
    {
        Context.Features.Set<IHttpUpgradeFeature>(this);
        Context.Features.Set<IHttpRequestLifetimeFeature>(this);
        Context.Request.Method = "GET";
        Context.Request.Protocol = "HTTP/1.1";
        Context.Request.Headers.Upgrade = "websocket";
        Context.Request.Headers.Connection = "keep-alive, Upgrade";
        Context.Request.Headers.SecWebSocketVersion = "13";
        Context.Request.Headers.SecWebSocketKey = "dGhlIHNhbXBsZSBub25jZQ==";
        Context.Response.Body = new MemoryStream();
        if (user is not null)
            Context.User = new ClaimsPrincipal(new ClaimsIdentity([new Claim("sub", user)], "test"));
    }

    public DefaultHttpContext Context { get; } = new();

    public bool IsUpgradableRequest { get; set; } = true;

    public bool FailsToUpgrade { get; init; }

    public bool IsUpgraded { get; private set; }

    public bool IsAborted { get; private set; }

    /// <summary>What the server throws when it reads on.</summary>
    public Exception? Failure { get; set; }

    public CancellationToken RequestAborted { get; set; }

    /// <summary>What the server has sent.</summary>
    public List<Transports.SentFrame> Sent
    {
        get
        {
            lock (Output)
                return Transports.SentFrame.ReadAll([Output.ToArray()]);
        }
    }

    public string Answer => Encoding.UTF8.GetString(((MemoryStream)Context.Response.Body).ToArray());

    private MemoryStream Output { get; } = new();

    public Task<Stream> UpgradeAsync()
    {
        if (FailsToUpgrade)
            return Task.FromException<Stream>(new IOException("The client is gone."));

        IsUpgraded = true;
        return Task.FromResult<Stream>(new Wire(this, _toServer.Reader.AsStream()));
    }

    public void Abort()
    {
        IsAborted = true;
        _toServer.Writer.Complete(new IOException("Aborted."));
    }

    public async Task SendAsync(params byte[] bytes) => await _toServer.Writer.WriteAsync(bytes);

    public async Task HangUpAsync() => await _toServer.Writer.CompleteAsync(Failure);

    private sealed class Wire(UpgradeableRequest request, Stream input) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => input.ReadAsync(buffer, cancellationToken);

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            lock (request.Output)
                request.Output.Write(buffer.Span);
            return ValueTask.CompletedTask;
        }

        public override void Flush() { }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
