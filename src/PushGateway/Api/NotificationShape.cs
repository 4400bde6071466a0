namespace PushGateway.Api;

/// <summary>The fields of a notification as the serializer knows them: it reads again what <see cref="NotificationFields"/> refused, to say what is wrong with it and where.</summary>
internal class NotificationShape
{
    public string? Channel { get; set; }

    public IReadOnlyList<string?>? Channels { get; set; }

    public string? User { get; set; }

    public IReadOnlyList<string?>? Users { get; set; }

    public RawJson? Data { get; set; }

    public Dictionary<string, string>? Tags { get; set; }

    // Whatever stands there in place of a number is answered with what should.
    public RawJson? ExpiresIn { get; set; }

    public RawJson? Version { get; set; }

    public string? CollapseKey { get; set; }
}

/// <summary>The fields of a line of a batch.</summary>
internal sealed class NotificationLineShape : NotificationShape
{
    public string? IdempotencyKey { get; set; }
}
