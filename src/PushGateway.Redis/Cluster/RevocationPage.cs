using System.Globalization;
using PushGateway.Security.Revocations;
using StackExchange.Redis;

namespace PushGateway.Redis.Cluster;

/// <summary>Some of the revocations that Redis keeps, oldest change first.</summary>
internal sealed class RevocationPage
{
    /// <summary>How many it has at most: an answer of some 50 kB, which takes Redis half a millisecond.</summary>
    public const int MaxSize = 500;

    private const string OfUser = "u:", OfToken = "t:";
    private const int Fields = 3;

    private readonly List<Revocation> _revocations;

    /// <param name="answer">What <c>revocations.lua</c> returned.</param>
    public RevocationPage(RedisResult answer)
    {
        Epoch = (string?)answer[0] ?? "";
        Latest = (long)answer[1];
        var fields = (RedisValue[])answer[2]!;
        IsLast = fields.Length < MaxSize * Fields;
        Read = fields.Length > 0 ? (long)fields[^1] : 0;
        _revocations = new List<Revocation>(fields.Length / Fields);
        for (var i = 0; i + 2 < fields.Length; i += Fields)
            if (Parse(fields[i].ToString(), fields[i + 1].ToString()) is { } revocation)
                _revocations.Add(revocation);
    }

    /// <summary>In which the changes are counted; another one after Redis has lost some. Empty when it keeps nothing.</summary>
    public string Epoch { get; }

    /// <summary>The sequence of the latest change of all.</summary>
    public long Latest { get; }

    /// <summary>The sequence of the latest change on this page; 0 when the page is empty.</summary>
    public long Read { get; }

    /// <summary>Whether no more follow.</summary>
    public bool IsLast { get; }

    /// <summary>Those that this version understands.</summary>
    public IReadOnlyList<Revocation> Revocations => _revocations;

    /// <summary>A revocation as the scripts take it: its subject, before, and until.</summary>
    public static RedisValue[] Write(Revocation revocation) =>
    [
        revocation.TokenId is { } id ? OfToken + id : OfUser + revocation.User,
        revocation.TokenId is null ? revocation.Before.ToUnixTimeMilliseconds() : 0,
        revocation.KeepUntil is { } until ? until.ToUnixTimeMilliseconds() : RedisValue.EmptyString,
    ];

    private static Revocation? Parse(string subject, string times)
    {
        var space = times.IndexOf(' ', StringComparison.Ordinal);
        if (space < 0 || !TryReadTime(times.AsSpan(0, space), out var before))
            return null;

        DateTimeOffset? until = null;
        if (space + 1 < times.Length)
        {
            if (!TryReadTime(times.AsSpan(space + 1), out var end))
                return null;
            until = end;
        }

        return subject.StartsWith(OfUser, StringComparison.Ordinal) ? new Revocation(subject[OfUser.Length..], before, null, until)
            : subject.StartsWith(OfToken, StringComparison.Ordinal) ? new Revocation(null, default, subject[OfToken.Length..], until)
            : null;
    }

    private static bool TryReadTime(ReadOnlySpan<char> text, out DateTimeOffset time)
    {
        time = default;
        if (!long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var milliseconds)
            || milliseconds < DateTimeOffset.MinValue.ToUnixTimeMilliseconds() || milliseconds > DateTimeOffset.MaxValue.ToUnixTimeMilliseconds())
            return false;

        time = DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);
        return true;
    }
}
