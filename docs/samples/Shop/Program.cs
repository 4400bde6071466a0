using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using PushGateway.Security.Authorization;
using Shop;

var builder = WebApplication.CreateBuilder(args);

// The shop's own sign-in, which the gateway takes over: a connection belongs to whoever the cookie says.
builder.Services.AddAuthentication(CookieAuthenticationDefaults.AuthenticationScheme).AddCookie(options =>
    options.Events.OnRedirectToLogin = context =>
    {
        context.Response.StatusCode = StatusCodes.Status401Unauthorized;
        return Task.CompletedTask;
    });
builder.Services.AddAuthorization();

var gateway = builder.Services.AddPushGateway();
if (!string.IsNullOrEmpty(builder.Configuration["PushGateway:Redis:Connection"]))
    gateway.AddRedis();

builder.Services.AddSingleton<Orders>();
builder.Services.AddSingleton<IChannelAuthorizer, OrderChannels>();

var app = builder.Build();
app.UseAuthentication();
app.UseAuthorization();
app.MapPushGateway();

// No password: it is a sample.
app.MapPost("/sign-in/{customer}", (string customer, HttpContext context) => context.SignInAsync(
    new ClaimsPrincipal(new ClaimsIdentity([new Claim(ClaimTypes.NameIdentifier, customer)], CookieAuthenticationDefaults.AuthenticationScheme))));

app.MapPost("/orders", (ClaimsPrincipal user, Orders orders) => orders.Place(user.FindFirstValue(ClaimTypes.NameIdentifier)!))
    .RequireAuthorization();

// What the warehouse calls; a real shop would guard it.
app.MapPost("/orders/{id:int}/ship", async (int id, Orders orders, CancellationToken cancellationToken) =>
    await orders.ShipAsync(id, cancellationToken) ? Results.NoContent() : Results.NotFound());

app.Run();
