using System.Diagnostics.Metrics;
using System.Globalization;
using PushGateway.Connections;
using PushGateway.Protocol;

namespace PushGateway.Diagnostics;

/// <summary>Counts how clients come and go.</summary>
internal sealed class ConnectionMeters
{
    private const string Code = "code";

    // One label for all that others choose, so that they cannot make more.
    private const string OtherCode = "other";

    // The client or the network has ended it.
    private const string GoneCode = "gone";

    private readonly Counter<long> _connects;
    private readonly Counter<long> _disconnects;
    private readonly Counter<long> _refusedConnects;
    private readonly Counter<long> _refusedHandshakes;
    private readonly Counter<long> _commandErrors;
    private readonly Counter<long> _slowClients;

    public ConnectionMeters(GatewayMeter gateway)
    {
        var meter = gateway.Meter;
        _connects = meter.CreateCounter<long>("pushgateway.connects", "{connection}", "Sessions opened.");
        _disconnects = meter.CreateCounter<long>("pushgateway.disconnects", "{connection}", "Sessions ended, by the code the node closed with.");
        _refusedConnects = meter.CreateCounter<long>("pushgateway.connects_refused", "{connection}", "Clients that were closed before their session opened, by code.");
        _refusedHandshakes = meter.CreateCounter<long>("pushgateway.handshakes_refused", "{handshake}", "Requests to connect that were turned away, by reason.");
        _commandErrors = meter.CreateCounter<long>("pushgateway.command_errors", "{command}", "Commands answered with an error, by its code.");
        _slowClients = meter.CreateCounter<long>("pushgateway.slow_clients", "{connection}", "Clients that were closed since they read too slowly.");
    }

    /// <summary>
    /// Shows the usual counters before they count. One that began with its first event would have no increase then, and nobody would be told of the first slow client or the first node that is full.
    /// </summary>
    public void Start()
    {
        _connects.Add(0);
        _slowClients.Add(0);
        foreach (var reason in (string[])["closed", "full", "crowded", "origin", "invalid", "timeout", "pending"])
            _refusedHandshakes.Add(0, GatewayMeter.Label("reason", reason));
        foreach (var reason in (CloseReason?[])[null, CloseReason.Shutdown, CloseReason.Slow, CloseReason.NoPong, CloseReason.ServerError, CloseReason.InsufficientState])
            _disconnects.Add(0, GatewayMeter.Label(Code, CodeOf(reason)));
    }

    /// <summary>A session has opened.</summary>
    public void Connected() => _connects.Add(1);

    /// <summary>A session has ended.</summary>
    /// <param name="reason">Why the node ended it; null when the client did, or the network.</param>
    public void Disconnected(CloseReason? reason)
    {
        _disconnects.Add(1, GatewayMeter.Label(Code, CodeOf(reason)));
        if (reason == CloseReason.Slow)
            _slowClients.Add(1);
    }

    /// <summary>A client was closed whose session had not opened.</summary>
    public void ConnectRefused(CloseReason reason) => _refusedConnects.Add(1, GatewayMeter.Label(Code, CodeOf(reason)));

    /// <summary>A request to connect was turned away.</summary>
    /// <param name="reason">One of a few words.</param>
    public void HandshakeRefused(string reason) => _refusedHandshakes.Add(1, GatewayMeter.Label("reason", reason));

    /// <summary>A command was answered with an error.</summary>
    public void CommandFailed(ErrorResult error) =>
        _commandErrors.Add(1, GatewayMeter.Label(Code, error.Code < ErrorResult.OwnCodes ? error.Code.ToString(CultureInfo.InvariantCulture) : OtherCode));

    private static string CodeOf(CloseReason? reason) =>
        reason is null || reason.IsAnswer ? GoneCode : reason.IsChosenByOthers ? OtherCode : reason.Code.ToString(CultureInfo.InvariantCulture);
}
