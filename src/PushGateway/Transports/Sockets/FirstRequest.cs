using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;

namespace PushGateway.Transports.Sockets;

/// <summary>Notices that a socket that was handed to the server has sent a complete request, which only the server can tell.</summary>
internal sealed class FirstRequest : IStartupFilter
{
    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        app.Use(serve => context =>
        {
            context.Features.Get<PendingSocket>()?.End(); // A feature of the connection.
            return serve(context);
        });
        next(app);
    };
}
