namespace PushGateway.Redis.Publishing;

/// <summary>What a reply is the answer to.</summary>
internal enum ReplyUse : byte
{
    /// <summary>PUBLISH or SPUBLISH: a number.</summary>
    Plain,

    /// <summary>The script that publishes: five values.</summary>
    Script,

    /// <summary>ROLE, asked to see whether the server lives and is a primary.</summary>
    Role,
}
