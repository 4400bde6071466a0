using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace PushGateway.Security.Origins;

/// <summary>An origin in the settings: exact, or with <c>*</c> for one label or more at the beginning of its name.</summary>
internal sealed class OriginPattern
{
    /// <summary>Stands for every origin but <see cref="Opaque"/>.</summary>
    public const string Every = "*";

    /// <summary>What pages without an origin of their own say, such as those from files and in sandboxed frames.</summary>
    public const string Opaque = "null";

    private const string AnyLabels = "://*.";

    private readonly byte[] _scheme, _host;
    private readonly ushort _port;
    private readonly bool _isSuffix; // The host begins with its dot then.

    private OriginPattern(Origin origin, bool isSuffix)
    {
        (_port, _isSuffix) = (origin.Port, isSuffix);
        _scheme = origin.Scheme.ToArray();
        _host = isSuffix ? [(byte)'.', .. origin.Host] : origin.Host.ToArray();
    }

    /// <summary>Reads one, but for <see cref="Every"/> and <see cref="Opaque"/>.</summary>
    public static bool TryRead(string? text, [NotNullWhen(true)] out OriginPattern? pattern)
    {
        pattern = null;
        if (text is null || text.Length > Origin.MaxBytes || !Ascii.IsValid(text))
            return false;

        var isSuffix = text.Contains(AnyLabels, StringComparison.Ordinal);
        var plain = isSuffix ? text.Replace(AnyLabels, "://", StringComparison.Ordinal) : text;
        if (!Origin.TryRead(Encoding.ASCII.GetBytes(plain), out var origin) || (isSuffix && origin.Host[0] is (byte)'.' or (byte)'['))
            return false;

        pattern = new OriginPattern(origin, isSuffix);
        return true;
    }

    public bool Matches(in Origin origin) =>
        origin.Port == _port
        && Ascii.EqualsIgnoreCase(origin.Scheme, _scheme)
        && (_isSuffix
            ? origin.Host.Length > _host.Length && Ascii.EqualsIgnoreCase(origin.Host[^_host.Length..], _host)
            : Ascii.EqualsIgnoreCase(origin.Host, _host));
}
