using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Options;

namespace PushGateway.Channels;

/// <summary>Which rules hold for which channel.</summary>
internal sealed class ChannelDirectory
{
    private readonly int _maxNameBytes;
    private readonly ChannelRules _withoutNamespace;
    private readonly ChannelRules _personal;
    private readonly FrozenDictionary<string, ChannelRules>.AlternateLookup<ReadOnlySpan<char>> _namespaces;

    public ChannelDirectory(IOptions<PushGatewayOptions> options)
    {
        var defaults = options.Value.Channels;
        _maxNameBytes = options.Value.MaxChannelNameBytes;
        _withoutNamespace = ChannelRules.From(defaults, defaults);
        _personal = ChannelRules.ForUsers(options.Value.UserChannels, options.Value.UserPresence);
        _namespaces = options.Value.Namespaces
            .ToFrozenDictionary(entry => entry.Key, entry => ChannelRules.From(entry.Value, defaults) with { Namespace = entry.Key }, StringComparer.Ordinal)
            .GetAlternateLookup<ReadOnlySpan<char>>();
        All = [_withoutNamespace, _personal, .. _namespaces.Dictionary.Values];
    }

    /// <summary>All rules there are.</summary>
    public IReadOnlyList<ChannelRules> All { get; }

    /// <summary>The rules of a channel; false when its namespace is not configured, or its name is too long.</summary>
    public bool TryGetRules(in ChannelName name, [NotNullWhen(true)] out ChannelRules? rules)
    {
        rules = null;
        if (IsTooLong(name))
            return false;

        if (!name.Namespace.IsEmpty)
            return _namespaces.TryGetValue(name.Namespace, out rules);

        rules = name.IsPersonal ? _personal : _withoutNamespace;
        return true;
    }

    /// <summary>The rules of a channel by what should be its name.</summary>
    /// <param name="channel">What should be the name.</param>
    /// <param name="rules">The rules.</param>
    /// <param name="why">When there are none, the reason, as the end of a sentence that begins with the field's name.</param>
    public bool TryGetRules([NotNullWhen(true)] string? channel, [NotNullWhen(true)] out ChannelRules? rules, [NotNullWhen(false)] out string? why)
    {
        rules = null;
        if (ChannelName.TryParse(channel, out var name, out why) && !TryGetRules(name, out rules))
            why = IsTooLong(name) ? $"is longer than {_maxNameBytes} bytes" : $"is in the namespace '{name.Namespace}', which is not configured";
        return why is null;
    }

    private bool IsTooLong(in ChannelName name) => name.Value.Length > _maxNameBytes && !name.IsPersonal;

    /// <summary>The rules of a channel whose name and namespace were checked before.</summary>
    public ChannelRules RulesOf(string channel) =>
        ChannelName.TryParse(channel, out var name, out _) && TryGetRules(name, out var rules) ? rules : _withoutNamespace;
}
