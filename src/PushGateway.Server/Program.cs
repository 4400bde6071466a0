using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Options;
using PushGateway;
using PushGateway.Server;
using PushGateway.Server.Commands;

if (CommandLine.IsCommand(args))
    return await CommandLine.RunAsync(args, Console.In, Console.Out, Console.Error);

OpenFiles.RaiseLimit();
try
{
    var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = ContentRoot.Find(args) });
    SettingsFile.AddTo(builder);
    // In Development a query may say who the user is.
    var gateway = builder.Services.AddPushGateway().AddSocketListener(takesQueries: !builder.Environment.IsDevelopment());
    if (!string.IsNullOrEmpty(builder.Configuration["PushGateway:Redis:Connection"]))
        gateway.AddRedis();
    builder.AddServerLogs();
    builder.AddTelemetry();
    Listening.AddManagement(builder);
    builder.Services.AddOptions<KestrelServerOptions>().Configure<IOptions<PushGatewayOptions>>(Listening.Configure);
    builder.Services.Configure<SocketTransportOptions>(Listening.Configure);

    var app = builder.Build();
    if (app.Environment.IsDevelopment())
        app.UseClaimedUser().UseFirstPage();
    app.MapPushGateway();
    app.MapMetrics();
    await app.RunUntilSecondSignalAsync();
    return 0;
}
catch (OptionsValidationException wrong)
{
    Console.Error.WriteLine("The gateway does not start with these settings:");
    foreach (var failure in wrong.Failures)
        Console.Error.WriteLine($"  {failure}");
    return 1;
}
// How the configuration binder reports a value of the wrong type; its message shows the value, which may be a secret at the wrong place, and names the setting behind it.
catch (InvalidOperationException unreadable) when (unreadable.InnerException is FormatException or OverflowException or ArgumentException)
{
    Console.Error.WriteLine("The gateway does not start with these settings:");
    var place = unreadable.Message.LastIndexOf(" at '", StringComparison.Ordinal);
    Console.Error.WriteLine($"  A value cannot be converted{(place < 0 ? "." : unreadable.Message[place..])}");
    return 1;
}
