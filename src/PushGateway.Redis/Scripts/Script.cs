using StackExchange.Redis;

namespace PushGateway.Redis.Scripts;

/// <summary>A Lua script from a file of this folder. The library sends it once to each server, and its hash from then on.</summary>
internal sealed class Script
{
    public static readonly Script Heartbeat = new("heartbeat.lua");
    public static readonly Script Nodes = new("nodes.lua");
    public static readonly Script Revoke = new("revoke.lua");
    public static readonly Script Revocations = new("revocations.lua");
    public static readonly Script Leave = new("leave.lua");
    public static readonly Script Publish = new("publish.lua");
    public static readonly Script History = new("history.lua");
    public static readonly Script Renew = new("renew.lua");
    public static readonly Script Members = new("members.lua");
    public static readonly Script MembersOut = new("members.lua", evenWhenFull: true); // Taking out makes room.
    public static readonly Script Presence = new("presence.lua", CommandFlags.DemandMaster); // A replica may be behind.
    public static readonly Script Announced = new("announced.lua");
    public static readonly Script Index = new("index.lua");
    public static readonly Script Reap = new("reap.lua");

    private readonly string _text;
    private readonly CommandFlags _flags;

    private Script(string file, CommandFlags flags = CommandFlags.None, bool evenWhenFull = false)
    {
        _flags = flags;
        using var stream = typeof(Script).Assembly.GetManifestResourceStream(file) ?? throw new FileNotFoundException("The script is not embedded.", file);
        using var reader = new StreamReader(stream);
        _text = evenWhenFull ? reader.ReadToEnd().Replace("#!lua\n", "#!lua flags=allow-oom\n", StringComparison.Ordinal) : reader.ReadToEnd();
    }

    public string Text => _text;

    public Task<RedisResult> EvaluateAsync(IDatabaseAsync redis, RedisKey[] keys, params RedisValue[] arguments) =>
        redis.ScriptEvaluateAsync(_text, keys, arguments, _flags);
}
