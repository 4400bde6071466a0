using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace PushGateway.Security;

/// <summary>Switches the log of publications off where nothing else is said of it. In front of all rules, so that any other of this category counts.</summary>
internal sealed class QuietPublishes : IConfigureOptions<LoggerFilterOptions>
{
    public void Configure(LoggerFilterOptions options) =>
        options.Rules.Insert(0, new LoggerFilterRule(providerName: null, Audit.PublishCategory, LogLevel.None, filter: null));
}
